"""Fill a store from very many files, on the machines of a Ray cluster: `python -m index build --ray ADDRESS --store ...`.

Every machine must reach the files under the same path, and the store. A passage's id follows from its text and place, so work
that is done twice does no harm: what a lost worker had in hand is done again, and a run that was stopped goes on.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from index.build import files
from index.document import Document
from index.encoders.sentence_encoder import load_encoder
from index.formats.apart import FileReader
from index.milvus.update import open_store
from index.split import SplitSettings
from index.unavailable import UnavailableError

FILES = 64
"""In a batch: what a lost worker has to do again."""
PATIENCE = 300.0
"""Seconds for which a worker waits for a store that does not answer."""
PAUSE = 2.0
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Done:
    """What became of some files: how many documents were added, how many were there already, and why others were left out."""

    added: int = 0
    there: int = 0
    failures: tuple[str, ...] = ()

    @property
    def files(self) -> int:
        """How many files these were."""
        return self.added + self.there + len(self.failures)

    def __add__(self, other: "Done") -> "Done":
        return Done(self.added + other.added, self.there + other.there, self.failures + other.failures)


class _Worker:
    """Reads, splits, encodes and writes files. Each has an encoder of its own."""

    def __init__(self, url: str, encoder: str | None) -> None:
        self._reader = FileReader()
        # At first the server may be away, too, which then is no error of the address.
        self._store = _patiently(lambda: open_store(url, load_encoder(encoder)), (UnavailableError, ValueError))

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """The outcome of a batch of files, as one row."""
        documents: dict[str, Document] = {}
        failures = []
        for path, source, fetched in zip(batch["path"], batch["source"], batch["fetched"], strict=True):
            try:
                content = self._reader.read(Path(path).name, Path(path).read_bytes())
                document = Document.from_text(content.text, source, content.title, content.pages)
            except OSError as error:
                failures.append(f"{path} cannot be read: {error.strerror}.")
            except ValueError as error:
                failures.append(f"{path} {error}")
            else:
                documents.setdefault(document.id, replace(document, fetched=fetched))
        added = _patiently(lambda: self._store.add(list(documents.values())))
        there = len(batch["path"]) - len(failures) - added
        return {"added": [added], "there": [there], "failures": ["\n".join(failures)]}


def ingest(
    seeds: Sequence[Path], url: str, address: str, encoder: str | None, workers: int, report: Callable[[Done, int], None]
) -> Done:
    """Add the files of ``seeds`` to the store at ``url``, which is made if there is none.

    Args:
        seeds: files and folders, as for `load_documents`.
        url: of the store.
        address: of the Ray cluster; "local" starts one on this machine, "auto" finds the one that runs on it.
        encoder: as for `load_encoder`.
        workers: how many there are at most; each takes one processor.
        report: called after each batch with what is done so far, and with the number of all files.

    Raises:
        ValueError: Ray is not installed or not there, there are no files, or the store cannot be used.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Else Ray reports its use to its makers.
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ValueError("The package ray is not installed. Run: pip install -r requirements-cluster.txt") from error
    failures: list[str] = []
    rows = [
        {"path": path.resolve().as_posix(), "source": source, "fetched": fetched}
        for path, source, fetched in files(seeds, failures)
    ]
    if not rows:
        raise ValueError(f"{seeds[0]} holds no documents. Put files there, or name another folder: --seeds DIR")
    open_store(url, load_encoder(encoder), SplitSettings())
    try:
        where: dict[str, Any] = {"include_dashboard": False} if address == "local" else {"address": address}
        ray.init(**where, ignore_reinit_error=True, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError) as error:
        raise ValueError(f"There is no Ray cluster at {address} ({error}). Start one: ray start --head") from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.actor_task_retry_on_errors = True
    done = Done(failures=tuple(failures))
    total = len(rows) + len(failures)
    for outcome in _outcomes(ray, rows, url, encoder, workers):
        done += outcome
        report(done, total)
    return done


def _outcomes(ray: Any, rows: list[dict[str, str]], url: str, encoder: str | None, workers: int) -> Iterator[Done]:  # noqa: ANN401
    blocks = max(1, -(-len(rows) // FILES))
    made = ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
        _Worker,
        fn_constructor_args=(url, encoder),
        batch_size=FILES,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
        num_cpus=1,
    )
    for row in made.iter_rows():
        failures = tuple(str(row["failures"]).split("\n")) if row["failures"] else ()
        yield Done(int(row["added"]), int(row["there"]), failures)


def _patiently(action: Callable[[], _Result], awaited: tuple[type[Exception], ...] = (UnavailableError,)) -> _Result:
    """Do ``action``, again and again while the store does not answer."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return action()
        except awaited:
            if time.monotonic() > end:
                raise
            time.sleep(PAUSE)
