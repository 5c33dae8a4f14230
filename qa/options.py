"""The options of all commands that answer questions, and the bot that they describe."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.document import Document
    from index.store import Store
    from qa.bot import Bot


MOST_SPELT = 20_000
"""Documents up to which questions' spelling is mended. The words of all of them are kept in memory."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add --seeds, --index, --store, --encoder and --reader."""
    parser.add_argument(
        "--seeds",
        type=Path,
        action="append",
        metavar="PATH",
        help="a folder of documents, or one document (repeatable; default: those of the index, or seeds)",
    )
    parser.add_argument("--index", type=Path, default=Path(".index"), help="the index folder (default: .index)")
    parser.add_argument(
        "--store",
        metavar="ADDRESS",
        help="in place of an index, a store in Milvus: milvus://HOST:19530/NAME, or milvus://./FILE.db",
    )
    parser.add_argument("--encoder", help="a sentence-transformers folder or hub name (default: all-MiniLM-L6-v2, installed)")
    parser.add_argument("--reader", help="small, large, or a question-answering model's folder or hub name (default: large)")


def open_bot(options: argparse.Namespace) -> "Bot":
    """Load the bot that ``options`` describe, building its index if that is missing or out of date.

    Raises:
        ValueError: an option names something that cannot be used; the message says what to do.
    """
    # Imported here, so that usage errors and the first response of the server do not wait for it.
    from index.build import ensure
    from index.encoders.sentence_encoder import load_encoder

    quiet_models(options)
    if options.store:
        if options.seeds:
            raise ValueError(
                "A store has its documents from python -m index build --store ADDRESS --seeds PATH. Leave out --seeds."
            )
        from index.milvus.update import open_store

        return _bot(open_store(options.store, load_encoder(options.encoder)), options)
    index = ensure(options.seeds, options.index, lambda: load_encoder(options.encoder), _report)
    return _bot(index, options)


def open_bot_on(documents: Sequence["Document"], options: argparse.Namespace) -> "Bot":
    """As `open_bot`, but on ``documents``, with an index in memory; --seeds and --index are ignored."""
    from index.encoders.sentence_encoder import load_encoder
    from index.store import Index

    quiet_models(options)
    index = Index.build(documents, load_encoder(options.encoder), show_progress=True)
    return _bot(index, options)


def _bot(index: "Store", options: argparse.Namespace) -> "Bot":
    from qa.bot import Bot
    from qa.read.reader import ExtractiveReader
    from qa.retrieve.retriever import Retriever
    from qa.understand.intent import Intents
    from qa.understand.spelling import Spelling, english

    # Without the words of the documents, names in them would be taken for slips.
    spelling = None
    if len(index.by_id) <= MOST_SPELT:
        spelling = Spelling((document.text for document in index.by_id.values()), english())
    reader = ExtractiveReader.load(options.reader)
    return Bot(Retriever(index), reader, spelling=spelling, intents=Intents(index.encoder))


def _report(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201


def quiet_models(options: argparse.Namespace) -> None:
    """Keep the model libraries off the terminal and, unless a named model may be on a hub, off the network."""
    from qa.readers import READERS

    if options.encoder is None and options.reader in (None, *READERS):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
