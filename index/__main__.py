"""``python -m index``: build, inspect and search an index, and add pages of the web to its documents.

Examples:
  python -m index build --seeds seeds --out .index
  python -m index add https://example.org/page.html
  python -m index info
  python -m index search "ransom deadline"
  python -m index build --seeds seeds --store milvus://localhost:19530/news
  python -m index push --index .index --store milvus://localhost:19530/news
"""

import argparse
import os
import sys
import time
from pathlib import Path

from index.build import build, known_documents, load_documents
from index.command_line import Parser, exit_with, positive
from index.encoders.sentence_encoder import load_encoder
from index.fetch import fetch_to
from index.manifest import Manifest
from index.milvus.update import open_store, update
from index.split import SplitSettings
from index.store import Index, Store
from index.unavailable import UnavailableError


def _parser() -> Parser:
    parser = Parser(prog="python -m index", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    raw = argparse.RawDescriptionHelpFormatter

    command = commands.add_parser(
        "build",
        help="index a folder of documents",
        formatter_class=raw,
        epilog="example: python -m index build --seeds notes --out .notes",
    )
    command.add_argument(
        "--seeds", type=Path, action="append", metavar="PATH", help="a folder of documents, or one (repeatable; default: seeds)"
    )
    command.add_argument("--out", "--index", type=Path, default=Path(".index"), help="the index folder (default: .index)")
    command.add_argument("--encoder", help="a sentence-transformers folder or hub name")
    command.add_argument("--store", metavar="ADDRESS", help="in place of a folder, a store in Milvus (see docs/scale.md)")
    command.add_argument("--keep", action="store_true", help="of a store, keep documents that are not among these")
    command.add_argument("--ray", metavar="ADDRESS", help="fill a store on a Ray cluster; local for this machine alone")
    command.add_argument("--workers", type=positive, default=64, metavar="N", help="of Ray, at most (default: 64)")
    command.add_argument("--anew", action="store_true", help="of a store, build it anew beside the old one, then change over")

    command = commands.add_parser(
        "push",
        help="copy an index to a store; nothing is encoded",
        formatter_class=raw,
        epilog="example: python -m index push --index .notes --store milvus://localhost:19530/notes",
    )
    command.add_argument("--index", type=Path, default=Path(".index"), help="the index folder (default: .index)")
    command.add_argument("--store", metavar="ADDRESS", required=True, help="milvus://HOST:19530/NAME, or milvus://./FILE.db")
    command.add_argument("--encoder", help="the encoder that the index was built with, if not the installed one")

    command = commands.add_parser(
        "add",
        help="fetch a page or file of the web into a folder of documents",
        formatter_class=raw,
        epilog="example: python -m index add https://example.org/report.pdf --seeds notes",
    )
    command.add_argument("url", help="an address that begins with http:// or https://")
    command.add_argument("--seeds", type=Path, default=Path("seeds"), help="the folder (default: seeds)")

    command = commands.add_parser(
        "info", help="what an index holds", formatter_class=raw, epilog="example: python -m index info --index .notes"
    )
    command.add_argument("--index", type=Path, default=Path(".index"), help="the index folder (default: .index)")
    command.add_argument("--store", metavar="ADDRESS", help="in place of a folder, a store in Milvus")
    command.add_argument("--encoder", help="the encoder that the store was built with, if not the installed one")

    command = commands.add_parser(
        "search",
        help="the nearest passages",
        formatter_class=raw,
        epilog='example: python -m index search "ransom deadline" -k 3',
    )
    command.add_argument("question")
    command.add_argument("-k", type=int, default=5, help="how many (default: 5)")
    command.add_argument("--index", type=Path, default=Path(".index"), help="the index folder (default: .index)")
    command.add_argument("--store", metavar="ADDRESS", help="in place of a folder, a store in Milvus")
    command.add_argument("--encoder", help="the encoder that the index was built with, if not the installed one")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 part of it could not be done, 2 wrong usage or bad data."""
    options = _parser().parse_args(arguments)
    if getattr(options, "encoder", None) is None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        if options.command == "build":
            return _build(options)
        if options.command == "add":
            print(f"{fetch_to(options.seeds, options.url)}. The next start, or python -m index build, takes it into the index.")
            return 0
        if options.command == "push":
            encoder = load_encoder(options.encoder)
            index = Index.load(options.index, encoder)
            pushed = open_store(options.store, encoder, index.settings).push(index)
            print(f"{pushed} documents copied, {len(index.documents) - pushed} were there")
            return 0
        if options.command == "info":
            return _info(options)
        return _search(options)
    except (ValueError, UnavailableError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1


def _build(options: argparse.Namespace) -> int:
    if options.ray:
        return _ingest(options)
    if options.store:
        return _build_store(options)
    Manifest.check_writable(options.out)
    seeds = options.seeds or [Path("seeds")]
    loaded = load_documents(seeds, known_documents(options.out))
    for note in loaded.notes:
        print(note, file=sys.stderr)
    index = build(loaded, seeds, options.out, load_encoder(options.encoder), show_progress=True)
    for failure in loaded.failures:
        print(f"left out: {failure}", file=sys.stderr)
    print(f"{len(index.documents)} documents, {len(index.passages)} passages in {options.out}")
    return 1 if loaded.failures else 0


def _build_store(options: argparse.Namespace) -> int:
    store = open_store(options.store, load_encoder(options.encoder), SplitSettings())
    loaded = load_documents(options.seeds or [Path("seeds")])
    for note in loaded.notes:
        print(note, file=sys.stderr)
    if options.anew:
        store.rebuild(loaded.documents, SplitSettings(), show_progress=True)
        done = "built anew"
    else:
        added, removed = update(store, loaded.documents, remove=not options.keep, show_progress=True)
        done = f"{added} added, {removed} removed"
    for failure in loaded.failures:
        print(f"left out: {failure}", file=sys.stderr)
    print(f"{len(store.by_id)} documents, {store.passage_count} passages in {store.address.name} ({done})")
    return 1 if loaded.failures else 0


def _ingest(options: argparse.Namespace) -> int:
    if not options.store:
        raise ValueError("--ray fills a store. Name one: --store milvus://HOST:19530/NAME")
    from index.bulk import Done, ingest

    began = time.monotonic()

    def report(done: Done, total: int) -> None:
        left = (time.monotonic() - began) / max(1, done.files) * (total - done.files)
        print(f"{done.files:,} of {total:,} files, about {left / 60:.0f} min left", file=sys.stderr)

    seeds = options.seeds or [Path("seeds")]
    done = ingest(seeds, options.store, options.ray, options.encoder, options.workers, report)
    for failure in done.failures:
        print(f"left out: {failure}", file=sys.stderr)
    print(f"{done.added:,} documents added, {done.there:,} were there")
    return 1 if done.failures else 0


def _info(options: argparse.Namespace) -> int:
    if options.store:
        store = open_store(options.store, load_encoder(options.encoder))
        print(f"{store.address.name} at {store.address.server}: {len(store.by_id)} documents, {store.passage_count} passages")
        print(f"encoder: {store.encoder.name} ({store.encoder.dimension} dimensions)")
        print(f"split: at most {store.settings.longest} characters, {store.settings.overlap} sentence overlap")
        return 0
    manifest = Manifest.read(options.index)
    manifest.contents(options.index)
    print(f"{options.index}: {manifest.documents} documents, {manifest.passages} passages, all files whole")
    print(f"encoder: {manifest.encoder} ({manifest.dimension} dimensions)")
    print(f"split: at most {manifest.settings.longest} characters, {manifest.settings.overlap} sentence overlap")
    print(f"built from: {', '.join(manifest.seeds) or 'unknown'}")
    for stored in manifest.files.values():
        print(f"{stored.size:>12,} bytes  {stored.name}")
    return 0


def _search(options: argparse.Namespace) -> int:
    if options.k < 1:
        raise ValueError(f"-k is {options.k}, but at least one passage must be asked for: -k 5")
    if not options.question.strip():
        raise ValueError('The question is empty. Ask something: python -m index search "ransom deadline"')
    if any("\ud800" <= character <= "\udfff" for character in options.question):
        raise ValueError("The question is not valid Unicode. Send it in the terminal's own encoding.")
    index: Store
    if options.store:
        index = open_store(options.store, load_encoder(options.encoder))
    else:
        Manifest.read(options.index)  # Before the encoder is loaded, which takes seconds.
        index = Index.load(options.index, load_encoder(options.encoder))
    for hit in index.search(options.question, options.k):
        span = hit.span
        print(f"{hit.score:6.3f}  {span.document.source} [{span.start}:{span.end}]  {' '.join(span.text.split())}")
    return 0


if __name__ == "__main__":
    exit_with(main)
