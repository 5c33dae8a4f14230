"""The bot and the questions of a run, and a description that tells one run from another."""

import argparse
import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.questions import EvalQuestion, is_document_set, is_squad, load_document_set, load_questions, load_squad_set
from index.build import load_documents
from qa.bot import Bot
from qa.options import open_bot, open_bot_on
from qa.read.models import ONNX_FILE
from qa.readers import weights_folder


def open_set(options: argparse.Namespace) -> tuple[Bot, list[EvalQuestion]]:
    """The bot, on the documents that --data is about, and its questions.

    Raises:
        ValueError: an option names something that cannot be used; the message says what to do.
    """
    if (is_squad(options.data) or is_document_set(options.data)) and options.seeds is not None:
        raise ValueError(f"{options.data} brings its own documents. Leave out --seeds, or name JSON lines with --data.")
    if is_squad(options.data):
        questions, documents = load_squad_set(options.data, options.articles)
        return open_bot_on(documents, options), questions
    if options.articles:
        raise ValueError(f"{options.data} is not a SQuAD-format file, so it has no --articles. Leave them out.")
    if is_document_set(options.data):
        questions, documents = load_document_set(options.data)
        return open_bot_on(documents, options), questions
    if options.seeds is not None:
        load_questions(
            options.data, load_documents(options.seeds).documents
        )  # Check the questions before loading the models, which takes seconds.
    bot = open_bot(options)
    return bot, load_questions(options.data, list(bot.index.by_id.values()))


def add_articles(parser: argparse.ArgumentParser) -> None:
    """Add --articles."""
    parser.add_argument("--articles", nargs="+", default=[], metavar="TITLE", help="only these articles of a SQuAD-format file")


def add_seed(parser: argparse.ArgumentParser, purpose: str) -> None:
    """Add --seed, a number from 0 on; ``purpose`` says what it is for."""
    parser.add_argument("--seed", type=_seed, default=0, help=f"{purpose} (default: 0)")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number from 0 on, got {text!r}")
    return int(text)


def describe(data: Path, bot: Bot, reader: str | None) -> dict[str, Any]:
    """The data, the documents, the models and their settings; files by the first 16 hex digits of their SHA-256."""
    return {
        "data": data.name,
        "data_sha256": digest(data.read_bytes()),
        "documents": len(bot.index.by_id),
        "documents_sha256": digest("".join(document.id for document in bot.index.by_id.values()).encode()),
        "passages": bot.index.passage_count,
        "split": asdict(bot.index.settings),
        "passages_read": bot.passages_read,
        "encoder": bot.index.encoder.name,
        "reader": bot.reader.name,
        "reader_sha256": weights_digest(reader),
        "reader_settings": asdict(bot.reader.settings),
    }


def weights_digest(reader: str | None) -> str | None:
    """The digest of an exported reader's weights; None for a reader from a hub."""
    weights = weights_folder(reader) / ONNX_FILE
    return digest(weights.read_bytes()) if weights.is_file() else None


def digest(data: bytes) -> str:
    """The first 16 hex digits of the SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]
