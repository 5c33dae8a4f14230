"""What the command lines of all parts share."""

import argparse
import sys
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
