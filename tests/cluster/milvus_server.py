"""A real Milvus server, 2.3.5, from PyPI, in a virtual environment of its own."""

import os
import shutil
import subprocess
import time
import venv
from pathlib import Path

VERSION = "2.3.5"
_HOME = Path(os.environ.get("QA_MILVUS_HOME", Path.home() / ".cache" / "ask-the-article" / f"milvus-{VERSION}"))
_RUN = """
import sys, time
from milvus import MilvusServer
server = MilvusServer()
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
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers; with what an earlier start has left in its folder."""
        command = [installed(), "-c", _RUN, self.folder, str(self.port)]
        self._process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        assert self._process.stdout
        said = ""
        for line in self._process.stdout:
            said += line
            if line.startswith("ready"):
                return
        raise RuntimeError(f"Milvus did not start: {said[-2000:]}")

    def kill(self) -> None:
        """Kill it and all of its processes, as a power cut does."""
        if self._process:
            os.killpg(self._process.pid, 9)
            self._process.wait()
            self._process = None
            time.sleep(0.5)
