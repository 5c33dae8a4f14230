"""A real Milvus server, 2.3.5, from PyPI, in a virtual environment of its own."""

import os
import shutil
import subprocess
import time
import venv
from pathlib import Path

VERSION = "2.3.5"
_HOME = Path(os.environ.get("QA_MILVUS_HOME", Path.home() / ".cache" / "ask-the-article" / f"milvus-{VERSION}"))
# The package looks for free ports, and takes others while closed connections of a killed server linger. A killed server's lease
# runs for a minute; a quarter of that does here.
_RUN = """
import socket, sys, time
from milvus import MilvusServer, MilvusServerConfig

def bound(self, port):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(("127.0.0.1", port))
    except OSError:
        return made.close()
    return made

MilvusServerConfig.try_bind_port = bound
server = MilvusServer()
server.config.set("common.session.ttl", 15)
server.set_base_dir(sys.argv[1])
server.listen_port = int(sys.argv[2])
server.start()
print("ready", flush=True)
while server.running:
    time.sleep(0.2)
"""


def installed() -> Path:
    """The Python that has the server; it is installed if it is not there."""
    python = _HOME / "bin" / "python"
    if not (_HOME / "done").exists():
        shutil.rmtree(_HOME, ignore_errors=True)
        venv.create(_HOME, with_pip=True)
        # The package asks for nothing but pkg_resources.
        subprocess.run([python, "-m", "pip", "install", "-q", f"milvus=={VERSION}", "setuptools<81"], check=True)
        (_HOME / "done").touch()
    return python


class MilvusServer:
    """It listens on every interface, so run it in a network namespace of its own, as make test-cluster does."""

    def __init__(self, folder: Path, port: int = 19530) -> None:
        self.folder = folder
        self.port = port
        self.url = f"milvus://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers; with what an earlier start has left in its folder."""
        command = [installed(), "-c", _RUN, self.folder, str(self.port)]
        log = self.folder.with_suffix(".log")
        with log.open("w") as output:
            self._process = subprocess.Popen(
                list(map(str, command)), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + 120
        while "ready" not in log.read_text().split():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Milvus did not start: {log.read_text()[-2000:]}")
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill it and all of its processes, as a power cut does."""
        if self._process:
            os.killpg(self._process.pid, 9)
            self._process.wait()
            self._process = None
            time.sleep(0.5)
