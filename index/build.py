"""Build an index folder from a folder of documents, and keep it up to date."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from index.document import Document
from index.encoder import Encoder
from index.manifest import Manifest
from index.split import SplitSettings
from index.store import Index

Report = Callable[[str], None]


@dataclass(frozen=True)
class Loaded:
    """The documents of a folder. ``failures`` has one line for each file that could not be read, with the reason."""

    documents: tuple[Document, ...]
    failures: tuple[str, ...]


def load_documents(seeds: Path) -> Loaded:
    """Read every file below ``seeds``, in the order of their names. Hidden files are left out.

    A text that occurs twice is taken once. Links to folders are not followed, because they may form a cycle.

    Raises:
        ValueError: there is no such folder, it holds no files, or none of them can be read.
    """
    if seeds.is_file():
        paths = [seeds]
    elif seeds.is_dir():
        paths = sorted(path for path in seeds.rglob("*") if path.is_file() and _is_read(path, seeds))
    else:
        raise ValueError(f"There is no folder {seeds}. Name the folder of your documents: --seeds DIR")
    documents: dict[str, Document] = {}
    failures = [
        f"{path} is a link to {'a folder' if path.is_dir() else 'nothing'}, not to a file. Put the files themselves there."
        for path in sorted(seeds.rglob("*"))
        if path.is_symlink() and not path.is_file() and _is_read(path, seeds)
    ]
    for path in paths:
        try:
            document = replace(Document.load(path), source=_source(path, seeds))
        except ValueError as error:
            failures.append(str(error))
        else:
            documents.setdefault(document.id, document)
    if not documents:
        why = (
            failures[0] if failures else f"{seeds} holds no documents. Put UTF-8 text files there, or name another: --seeds DIR"
        )
        raise ValueError(why if len(failures) < 2 else f"{why} ({len(failures)} files, none of them readable.)")
    return Loaded(tuple(documents.values()), tuple(failures))


def _is_read(path: Path, seeds: Path) -> bool:
    """Whether ``path`` is the folder ``seeds`` or below it, and not hidden there."""
    return path.is_relative_to(seeds) and not any(part.startswith(".") for part in path.relative_to(seeds).parts)


def _source(path: Path, seeds: Path) -> str:
    """The path to show to people: it starts with the folder's name, wherever the command was run."""
    return path.name if path == seeds else (Path(seeds.resolve().name) / path.relative_to(seeds)).as_posix()


def build(
    loaded: Loaded,
    seeds: Path,
    folder: Path,
    encoder: Encoder,
    settings: SplitSettings | None = None,
    show_progress: bool = False,
) -> Index:
    """Index ``loaded`` and save it to ``folder``. Text that an index there already has is not encoded again.

    Raises:
        ValueError: ``folder`` holds something other than an index, or lies where documents are read from.
    """
    Manifest.check_writable(folder)
    if _is_read(folder.resolve(), seeds.resolve()):
        raise ValueError(
            f"The index folder {folder} lies in {seeds}, so its files would be taken for documents. Name one outside of it, or "
            f"one that is hidden: {folder.with_name('.index')}"
        )
    try:
        previous = Index.load(folder, encoder)
    except ValueError:
        previous = None  # There is none yet, or it is damaged or of another encoder: nothing to keep.
    index = Index.build(loaded.documents, encoder, settings, previous, show_progress)
    index.save(folder, seeds)
    return index


def ensure(seeds: Path | None, folder: Path, load_encoder: Callable[[], Encoder], report: Report) -> Index:
    """Load the index in ``folder``, building it first if it is missing, damaged, or out of date.

    Args:
        seeds: the folder of documents; None takes the folder that the index was built from, or `seeds` for a new index. An
            index that was not built from a folder is used as it is.
        folder: where the index is or will be.
        load_encoder: loads the encoder of the index; called after the documents are read, because it takes seconds.
        report: called with each line of text that a person should see.

    Raises:
        ValueError: there are no documents to index, or ``folder`` holds something else.
    """
    if seeds is None:
        manifest = _manifest(folder)
        if manifest is None:
            seeds = Path("seeds")
        elif manifest.seeds is None:
            return Index.load(folder, load_encoder())
        else:
            seeds = Path(manifest.seeds)
            if not seeds.exists():
                report(f"{seeds} is gone; using the index in {folder} as it is.")
                return Index.load(folder, load_encoder())
    loaded = load_documents(seeds)
    for failure in loaded.failures:
        report(f"left out: {failure}")
    Manifest.check_writable(folder)
    encoder = load_encoder()
    try:
        index = Index.load(folder, encoder)
        if _named(index.documents) == _named(loaded.documents) and index.settings == SplitSettings():
            return index
        report(f"The documents in {seeds} have changed; bringing the index in {folder} up to date.")
    except ValueError as error:
        report(str(error) if Manifest.exists(folder) else f"Building the index of {seeds} in {folder}.")
    return build(loaded, seeds, folder, encoder, show_progress=True)


def _named(documents: Iterable[Document]) -> set[tuple[str, str]]:
    """The id and the source of each document."""
    return {(document.id, document.source) for document in documents}


def _manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.read(folder)
    except ValueError:
        return None
