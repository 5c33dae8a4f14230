# make run [ARGS="--port 8000"]   serve the page         make test   lint, types and all tests
# make eval                       score the eval set
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
export HF_HUB_OFFLINE ?= 1
export GRADIO_ANALYTICS_ENABLED ?= False

.PHONY: run test eval browser

run: $(VENV)/installed
	$(BIN)/python app.py $(ARGS)

eval: $(VENV)/installed
	$(BIN)/python -m eval $(ARGS)

test: $(VENV)/installed-dev browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(ARGS)

$(VENV)/installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar off -r requirements.txt
	touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements-train.txt $(VENV)/installed
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar off -r requirements-dev.txt
	touch $@

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get -qq update && apt-get -qq install -y chromium >/dev/null; \
	else echo "The browser tests need Chromium. Install it: sudo apt-get install chromium" >&2; exit 1; fi
