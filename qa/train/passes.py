"""The passes over the data that a run trains on: made as it goes, or prepared in a folder and trained on elsewhere.

Making and tokenising the examples of a pass takes half a minute, and needs the data and several packages. A folder that
``python -m qa.train.prepare`` wrote needs neither, so a GPU trains on it without a pause.
"""

import json
from pathlib import Path
from typing import Protocol

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from qa.train.examples.rows import Rows
from qa.train.folders import pretrained

ABOUT_FILE, VALIDATION_FILE = "passes.json", "validation.npz"
"""Files of a prepared folder; the passes are pass-0.npz and so on, and the tokenizer lies beside them."""


class Passes(Protocol):
    """What a run trains on.

    Attributes:
        tokenizer: the one that the rows are tokenised by.
        data: the SHA-256 of the questions.
        has_verdicts: whether there are yes/no questions.
        validation: the rows that the best weights are chosen by; None for none.
    """

    tokenizer: PreTrainedTokenizerBase
    data: str
    has_verdicts: bool
    validation: Rows | None

    def rows(self, number: int) -> Rows:
        """The rows of pass ``number``, from 0, in random order."""


class PreparedPasses:
    """Passes that lie in a folder. After the last the first comes again."""

    def __init__(self, folder: Path) -> None:
        """Passes of ``folder``.

        Raises:
            ValueError: it is no folder that `prepare` wrote.
        """
        try:
            about = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
            self.data, self.has_verdicts, self._count = (about[name] for name in ("data", "has_verdicts", "passes"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{folder} holds no prepared passes ({error}). Make it with python -m qa.train.prepare."
            ) from error
        self.tokenizer = pretrained(AutoTokenizer, folder)
        self.validation = Rows.load(folder / VALIDATION_FILE) if (folder / VALIDATION_FILE).exists() else None
        self._folder = folder

    def rows(self, number: int) -> Rows:
        """As `Passes` says."""
        return Rows.load(path_of(self._folder, number % self._count))


def path_of(folder: Path, number: int) -> Path:
    """The file of pass ``number``."""
    return folder / f"pass-{number}.npz"
