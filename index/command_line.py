"""Code that all command lines share."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Reports wrong options in one line, like every other error, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print ``message`` and where to read more, then exit."""
        print(f"error: {message}. See: {self.prog} --help", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def positive(text: str) -> int:
    """A whole number of at least 1, for ``type=``."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def exit_with(main: Callable[[], int]) -> NoReturn:
    """Exit with ``main``'s code. An interrupt prints one line; an output that nobody reads, as with `head`, prints nothing."""
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
        code = 130
    except BrokenPipeError:
        # Discard what is still to be written. Otherwise Python would report an error when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
