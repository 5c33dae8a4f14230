"""Read files in a process of its own, which may not take more than its time and memory, and whose end ends nothing else."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from threading import Lock
from types import TracebackType
from typing import Any, Self

from index.formats.content import Content
from index.formats.reading import convert, draw, is_plain

SECONDS = 60
"""How long a file may take."""
LARGEST_MEMORY = 2 * 1024**3
"""Bytes that the process may have."""


class FileReader:
    """Reads files, of which some may be damaged or hostile. Use it in a ``with`` statement, or `close` it.

    Plain text is read here; for all else a process is started, when the first such file comes. Several threads may use it.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = LARGEST_MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._lock = Lock()

    def read(self, name: str, data: bytes) -> Content:
        """As `convert`.

        Raises:
            ValueError: as `convert`; or it takes too much time or memory.
        """
        if is_plain(name):
            return convert(name, data)
        content: Content = self._call(convert, name, data)
        return content

    def draw(self, data: bytes, number: int, before: str, words: str) -> bytes:
        """As `index.formats.picture.picture`.

        Raises:
            ValueError: likewise; or it takes too much time or memory.
        """
        png: bytes = self._call(draw, data, number, before, words)
        return png

    @property
    def process(self) -> int | None:
        """The number of the process; None if none is running."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process; it is started again when it is needed."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _call(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        with self._lock:
            pipe = self._started()
            try:
                pipe.send((function, arguments))
                if not pipe.poll(self._seconds):
                    self._stop()
                    raise ValueError(
                        f"takes more than {self._seconds:g} seconds to read. Cut it into parts, or save it as text."
                    )
                wrong, found = pipe.recv()
            except (EOFError, OSError) as error:
                self._stop()
                raise ValueError(
                    "cannot be read: it is damaged, or takes too much memory. Save it anew, or as text."
                ) from error
        if wrong:
            raise ValueError(wrong)
        return found

    def _started(self) -> Connection:
        if self._pipe is None:
            # Not forked: a fork would copy the threads' locks and all memory of a server.
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs, self._memory), daemon=True)
            self._process.start()
            theirs.close()
        return self._pipe

    def _stop(self) -> None:
        if self._process and self._pipe:
            self._pipe.close()
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None


def _serve(pipe: Connection, memory: int) -> None:
    """Answer each (function, arguments) with ("", result), or with (what is wrong, None)."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (ImportError, ValueError, OSError):
        pass  # Not on this system: then the time alone is limited.
    while True:
        try:
            function, arguments = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            outcome = "", function(*arguments)
        except ValueError as error:
            outcome = str(error), None
        except MemoryError:
            return
        except Exception as error:  # A hostile file may make a library raise anything.
            outcome = f"cannot be read ({type(error).__name__}: {error!s:.100}). Save it anew, or as text.", None
        try:
            pipe.send(outcome)
        except BrokenPipeError:
            return  # Who asked was killed.
