# make run [ARGS="--port 8000"]   serve the page         make test   lint, types and all tests
# make eval [ARGS="--html report.html"]   score the eval set; fails below what it has reached
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
export HF_HUB_OFFLINE ?= 1
export GRADIO_ANALYTICS_ENABLED ?= False

.PHONY: run test test-cluster eval browser fuzz faults soak hard

run: $(VENV)/installed
	$(BIN)/python app.py $(ARGS)

# What the article set has reached, less a question or two: processors differ in the last digits.
GATE = f1=84,has_answer_f1=81,no_answer=90,citation_precision=90,quote_fidelity=100,recall@5=96

eval: $(VENV)/installed
	$(BIN)/python -m eval --fail-under $(GATE) $(ARGS)

test: $(VENV)/installed-dev browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(ARGS)

# Stores in Milvus, Ray, and copies behind a proxy: with a real server, in a network of its own, because it listens everywhere.
CLUSTER = tests/index/test_stores.py tests/cluster
test-cluster: $(VENV)/installed-cluster
	@command -v haproxy >/dev/null || test -x /usr/sbin/haproxy || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	apt-get -qq update && apt-get -qq install -y haproxy iproute2 >/dev/null; \
	else echo "The tests of copies need HAProxy: sudo apt-get install haproxy iproute2" >&2; exit 1; fi
	$(BIN)/python -c "from tests.cluster.milvus_server import installed; installed()"
	QA_STORES="lite server$(if $(QA_MILVUS_URI), own)" unshare --map-root-user --net -- \
	sh -c 'PATH=$$PATH:/usr/sbin:/sbin; ip link set lo up && exec $(BIN)/python -m pytest $(CLUSTER) $(ARGS)'

# What SECURITY.md promises, tried long: a million cases at every door, 200 kills, a quarter of an hour at twice the load.
hard: fuzz faults soak
fuzz: $(VENV)/installed-dev $(VENV)/fuzz/installed
	$(BIN)/python -m tests.fuzz $(ARGS)
	$(BIN)/python -m tests.fuzz.description $(VENV)/fuzz/bin/schemathesis
$(VENV)/fuzz/installed: requirements-fuzz.txt $(VENV)/installed
	test -x $(VENV)/fuzz/bin/python || $(PYTHON) -m venv $(VENV)/fuzz
	$(VENV)/fuzz/bin/python -m pip install --disable-pip-version-check --quiet --progress-bar off -r requirements-fuzz.txt
	touch $@
faults: $(VENV)/installed-dev
	$(BIN)/python -m tests.faults $(ARGS)
soak: $(VENV)/installed-dev
	$(BIN)/python -m tests.soak $(ARGS)

$(VENV)/installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar off -r requirements.txt
	touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements-train.txt $(VENV)/installed
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar off -r requirements-dev.txt
	touch $@

$(VENV)/installed-cluster: requirements-cluster.txt $(VENV)/installed-dev
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar off -r requirements-cluster.txt
	touch $@

# Chromium for all of them, Firefox for the widget.
BROWSERS = $(if $(shell command -v chromium || command -v chromium-browser || command -v google-chrome),,chromium) \
	$(if $(shell command -v firefox-esr || command -v firefox),,firefox-esr)

browser:
	@test -z "$(strip $(BROWSERS))" || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	apt-get -qq update && apt-get -qq install -y $(BROWSERS) >/dev/null; \
	else echo "The browser tests need what is missing here: sudo apt-get install $(strip $(BROWSERS))" >&2; exit 1; fi
