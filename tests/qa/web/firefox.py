"""Debian's Firefox over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it speaks without a driver beside it.

Playwright's own Firefox is a build that Debian does not have, and there is no geckodriver in Debian.
"""

import itertools
import json
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

PATIENCE = 60
"""Seconds to wait for an answer; a machine may be busy with other things."""
_SETTINGS = {
    "app.update.auto": "false",
    "browser.shell.checkDefaultBrowser": "false",
    "datareporting.policy.dataSubmissionEnabled": "false",
    "network.captive-portal-service.enabled": "false",
    "network.connectivity-service.enabled": "false",
    "services.settings.server": '"data:,"',
}


def executable() -> str | None:
    """Where Firefox is, if it is."""
    return next((found for name in ("firefox-esr", "firefox") if (found := shutil.which(name))), None)


class Firefox:
    """One tab of Firefox, with a profile of its own in ``folder``."""

    def __init__(self, path: str, folder: Path) -> None:
        settings = [f'user_pref("{name}", {value});' for name, value in _SETTINGS.items()]
        (folder / "user.js").write_text("\n".join(settings))
        command = [path, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.folder = folder
        self.numbers = itertools.count(1)
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._stop)
            address = f"ws://127.0.0.1:{self._port()}/session"
            self.socket: ClientConnection = stack.enter_context(connect(address, max_size=None, open_timeout=PATIENCE))
            self.send("session.new", capabilities={})
            # The window that is there at the start never has the focus.
            self.tab = self.send("browsingContext.create", type="tab")["context"]
            self.stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stack.close()

    def _stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def _port(self) -> int:
        """Firefox takes any free port, and writes which into its profile."""
        said = self.folder / "WebDriverBiDiServer.json"
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            if said.exists() and (text := said.read_text()):
                port: int = json.loads(text)["ws_port"]
                return port
            time.sleep(0.1)
        raise RuntimeError(f"Firefox did not start; its exit code: {self.process.poll()}")

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Give a command and wait for what comes of it; events in between are not looked at."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(PATIENCE))
            if message.get("id") == number:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['message']}")
                result: dict[str, Any] = message["result"]
                return result

    def open(self, address: str) -> None:
        """Go to a page and wait until it is loaded."""
        self.send("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def run(self, function: str, *arguments: str) -> object:
        """Call a function of JavaScript in the page; what it resolves to must be something that JSON can hold."""
        done = self.send(
            "script.callFunction",
            functionDeclaration=f"async (...all) => JSON.stringify(await ({function})(...all) ?? null)",
            arguments=[{"type": "string", "value": argument} for argument in arguments],
            target={"context": self.tab},
            awaitPromise=True,
        )
        if done["type"] == "exception":
            raise RuntimeError(done["exceptionDetails"]["text"])
        return json.loads(done["result"]["value"])

    def press(self, keys: str) -> None:
        """Press keys one after the other, where the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.send("input.performActions", context=self.tab, actions=[{"type": "key", "id": "keyboard", "actions": actions}])
