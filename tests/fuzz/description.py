"""``python -m tests.fuzz.description SCHEMATHESIS``: requests that Schemathesis makes from the API's own description.

Schemathesis has an environment of its own (requirements-fuzz.txt), because it needs other versions of what we use.
"""

import subprocess
import sys
import time
from threading import Thread

import uvicorn

from qa.web.application import create_app
from tests.fuzz.doors import bot

EXAMPLES = 300
"""For each route and kind of test."""


def main() -> int:
    server = uvicorn.Server(uvicorn.Config(create_app(bot(), with_page=False), port=0, log_level="warning"))
    Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.1)
    port = server.servers[0].sockets[0].getsockname()[1]
    command = [sys.argv[1], "run", f"http://127.0.0.1:{port}/openapi.json", "--max-examples", str(EXAMPLES), "--seed", "1"]
    # What has the right form may still be refused: a document that there is not, a question of nothing but spaces.
    command += ["--exclude-checks", "positive_data_acceptance"]
    done = subprocess.run(command, check=False)
    server.should_exit = True
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
