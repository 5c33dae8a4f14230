"""What the command lines of all parts share."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the options in one line, as every other error is said, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print ``message`` and where to read more, then exit."""
        print(f"error: {message}. See: {self.prog} --help", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def positive(text: str) -> int:
    """A number from 1 on, for ``type=``."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, got {text!r}")
    return int(text)


def exit_with(main: Callable[[], int]) -> NoReturn:
    """Exit with ``main``'s code; in one line when it is interrupted, and in silence when nobody reads on, as with `head`."""
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
        code = 130
    except BrokenPipeError:
        # What is still to be written goes nowhere, or Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
