"""What a run was made with, so that two runs can be told apart."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa.bot import Bot
from qa.models import ONNX_FILE
from qa.reader import WEIGHTS


def describe(data: Path, bot: Bot, reader: str | None) -> dict[str, Any]:
    """The data, the documents, the models and their settings; files by the first 16 hex digits of their SHA-256."""
    return {
        "data": data.name,
        "data_sha256": digest(data.read_bytes()),
        "documents": len(bot.index.documents),
        "documents_sha256": digest("".join(document.id for document in bot.index.documents).encode()),
        "passages": len(bot.index.passages),
        "split": asdict(bot.index.settings),
        "passages_read": bot.passages_read,
        "encoder": bot.index.encoder.name,
        "reader": bot.reader.name,
        "reader_sha256": weights_digest(reader),
        "reader_settings": asdict(bot.reader.settings),
    }


def weights_digest(reader: str | None) -> str | None:
    """Of an exported reader's weights; None of one that is not in a folder of its own."""
    weights = Path(WEIGHTS if reader is None else reader) / ONNX_FILE
    return digest(weights.read_bytes()) if weights.is_file() else None


def digest(data: bytes) -> str:
    """The first 16 hex digits of the SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]
