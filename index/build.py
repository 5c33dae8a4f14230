"""Build an index folder from files, and keep it up to date."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.document import Document
from index.encoder import Encoder
from index.fetch import fetched
from index.formats.apart import FileReader
from index.formats.reading import digest
from index.manifest import Manifest, documents_from_lines
from index.split import SplitSettings
from index.store import Index

Report = Callable[[str], None]


@dataclass(frozen=True)
class Loaded:
    """Documents that were read.

    Attributes:
        documents: the documents.
        failures: one line for each file that could not be read, with the reason.
        notes: one line for each file that was read in a way that people should know about.
    """

    documents: tuple[Document, ...]
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load_documents(seeds: Sequence[Path], known: Iterable[Document] = ()) -> Loaded:
    """Read the files ``seeds``, and every file below the folders among them, in the order of their names.

    Hidden files are left out. A text that occurs twice is taken once. Links to folders are not followed, because they may form
    a cycle. A document among ``known`` is taken from there, if its file is the same.

    Raises:
        ValueError: there is no such file or folder, it holds no files, or none of them can be read.
    """
    earlier = {(document.path, document.file): document for document in known}
    documents: dict[str, Document] = {}
    failures: list[str] = []
    notes: list[str] = []
    with FileReader() as reader:
        for path, source, time in files(seeds, failures):
            try:
                data = path.read_bytes()
                file = digest(data)
                where = path.resolve().as_posix()
                same = earlier.get((where, file))
                if same:
                    document = replace(same, source=source, fetched=time)
                else:
                    content = reader.read(path.name, data)
                    notes += [f"{path} {content.note}."] if content.note else []
                    document = Document.from_text(content.text, source, content.title, content.pages, file, where)
                    document = replace(document, fetched=time)
            except OSError as error:
                failures.append(f"{path} cannot be read: {error.strerror}.")
            except ValueError as error:
                failures.append(f"{path} {error}")
            else:
                documents.setdefault(document.id, document)
    if not documents:
        nothing = f"{seeds[0]} holds no documents. Put files there, or name another folder: --seeds DIR"
        why = failures[0] if failures else nothing
        raise ValueError(why if len(failures) < 2 else f"{why} ({len(failures)} files, none of them readable.)")
    return Loaded(tuple(documents.values()), tuple(failures), tuple(notes))


def files(seeds: Sequence[Path], failures: list[str]) -> Iterator[tuple[Path, str, str]]:
    """The files to read, each with its source to show, and the time when it was fetched, if it was.

    The source is the address that it was fetched from, or its path from its folder's name on, wherever the command was run.
    A line for each link to a folder or to nothing is added to ``failures``.

    Raises:
        ValueError: there is no such file or folder.
    """
    for place in seeds:
        if place.is_file():
            yield place, place.name, ""
            continue
        if not place.is_dir():
            raise ValueError(f"There is no file or folder {place}. Name the folder of your documents: --seeds DIR")
        for path in sorted(path for path in place.rglob("*") if _is_read(path, place)):
            if path.is_file():
                web = fetched(path.parent).get(path.name)
                here = (Path(place.resolve().name) / path.relative_to(place)).as_posix()
                yield (path, web["address"], web["fetched"]) if web else (path, here, "")
            elif path.is_symlink():
                to = "a folder" if path.is_dir() else "nothing"
                failures.append(f"{path} is a link to {to}, not to a file. Put the files themselves there.")


def _is_read(path: Path, seeds: Path) -> bool:
    """Whether ``path`` is the folder ``seeds`` or below it, and not hidden there."""
    return path.is_relative_to(seeds) and not any(part.startswith(".") for part in path.relative_to(seeds).parts)


def build(
    loaded: Loaded,
    seeds: Sequence[Path],
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
    around = next((place for place in seeds if _is_read(folder.resolve(), place.resolve())), None)
    if around:
        raise ValueError(
            f"The index folder {folder} lies in {around}, so its files would be taken for documents. Name one outside of it, "
            f"or one that is hidden: {folder.with_name('.index')}"
        )
    try:
        previous = Index.load(folder, encoder)
    except ValueError:
        previous = None  # There is none yet, or it is damaged or of another encoder: nothing to keep.
    index = Index.build(loaded.documents, encoder, settings, previous, show_progress)
    index.save(folder, seeds)
    return index


def ensure(seeds: Sequence[Path] | None, folder: Path, load_encoder: Callable[[], Encoder], report: Report) -> Index:
    """Load the index in ``folder``, building it first if it is missing, damaged, or out of date.

    Args:
        seeds: the files and folders of documents; None takes those that the index was built from, or `seeds` for a new index.
            An index that was not built from any is used as it is.
        folder: where the index is or will be.
        load_encoder: loads the encoder of the index; called after the documents are read, because it takes seconds.
        report: called with each line of text that a person should see.

    Raises:
        ValueError: there are no documents to index, or ``folder`` holds something else.
    """
    if seeds is None:
        manifest = _manifest(folder)
        if manifest is None:
            seeds = [Path("seeds")]
        elif not manifest.seeds:
            return Index.load(folder, load_encoder())
        else:
            seeds = [Path(place) for place in manifest.seeds]
            gone = next((place for place in seeds if not place.exists()), None)
            if gone:
                report(f"{gone} is gone; using the index in {folder} as it is.")
                return Index.load(folder, load_encoder())
    loaded = load_documents(seeds, known_documents(folder))
    for line in (*loaded.notes, *(f"left out: {failure}" for failure in loaded.failures)):
        report(line)
    Manifest.check_writable(folder)
    encoder = load_encoder()
    try:
        index = Index.load(folder, encoder)
        if _named(index.documents) == _named(loaded.documents) and index.settings == SplitSettings():
            return index
        report(f"The documents in {_listed(seeds)} have changed; bringing the index in {folder} up to date.")
    except ValueError as error:
        report(str(error) if Manifest.exists(folder) else f"Building the index of {_listed(seeds)} in {folder}.")
    return build(loaded, seeds, folder, encoder, show_progress=True)


def known_documents(folder: Path) -> tuple[Document, ...]:
    """The documents of the index in ``folder``; none if there is no index that is whole."""
    try:
        return documents_from_lines(Manifest.read(folder).contents(folder, ("documents",))["documents"])
    except (ValueError, TypeError, AttributeError):
        return ()


def _listed(seeds: Sequence[Path]) -> str:
    return ", ".join(map(str, seeds))


def _named(documents: Iterable[Document]) -> set[tuple[str, ...]]:
    """What is told of each document beside its text."""
    return {(document.id, document.source, document.path, document.fetched) for document in documents}


def _manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.read(folder)
    except ValueError:
        return None
