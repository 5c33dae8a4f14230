"""The index folder: its files, and the manifest that lists them and shows whether they are intact."""

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from index.document import Document
from index.split import SplitSettings

FORMAT = 3
NAME = "manifest.json"
LOCK = ".lock"
ROLES = ("documents", "passages", "vectors")
_OURS = re.compile(rf"{re.escape(LOCK)}|({re.escape(NAME)}|(documents|passages|vectors)-[0-9a-f]{{12}}\.[a-z0-9]+)(\.\d+)?")


@dataclass(frozen=True)
class StoredFile:
    """A file of the index. Its name holds the start of its hash, so that two builds never use the same file by mistake."""

    name: str
    size: int
    sha256: str

    @classmethod
    def write(cls, folder: Path, role: str, suffix: str, data: bytes) -> Self:
        """Write ``data`` to ``folder``."""
        digest = hashlib.sha256(data).hexdigest()
        stored = cls(f"{role}-{digest[:12]}{suffix}", len(data), digest)
        _write(folder / stored.name, data)
        return stored


@dataclass(frozen=True)
class Manifest:
    """What an index folder holds and how it was made. ``kind`` is a result of `index.vectors.kind`."""

    format: int
    encoder: str
    dimension: int
    settings: SplitSettings
    documents: int
    passages: int
    seeds: tuple[str, ...]
    files: dict[str, StoredFile]
    kind: str = "flat"

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether ``folder`` holds an index, whole or not."""
        try:
            return (folder / NAME).is_file()
        except OSError:
            return False  # The name is too long, so there is no such folder.

    @staticmethod
    def check_writable(folder: Path) -> None:
        """Raise ValueError if an index cannot be written to ``folder``, or would be mixed with other files there."""
        try:
            if folder.exists() and not folder.is_dir():
                raise ValueError(f"{folder} is a file, but an index is a folder. Name another place for it.")
            usable = not folder.exists() or Manifest.exists(folder)
            others = [] if usable else [path.name for path in folder.iterdir() if not _ours(path)]
        except OSError as error:
            raise ValueError(f"{folder} cannot hold an index ({error.strerror}). Name another place for it.") from error
        if others:
            raise ValueError(f"{folder} holds other files ({others[0]}, ...) and no index. Name an empty or a new folder.")

    def write(self, folder: Path) -> None:
        """Make this the folder's manifest, in one step, then remove files that only the earlier manifest named."""
        _write(folder / NAME, (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode())
        kept = {NAME, LOCK, *(stored.name for stored in self.files.values())}
        for path in folder.iterdir():
            if _ours(path) and path.name not in kept:
                path.unlink(missing_ok=True)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the folder's manifest.

        Raises:
            ValueError: there is none, it is damaged, or it is of another format.
        """
        path = folder / NAME
        if not Manifest.exists(folder):
            raise ValueError(f"There is no index in {folder}. Build it: python -m index build --out {folder}")
        try:
            fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if fields["format"] != FORMAT:
                raise ValueError(f"format {fields['format']!r}, expected {FORMAT}")
            fields["seeds"] = tuple(fields["seeds"])
            fields["settings"] = SplitSettings(**fields["settings"])
            fields["files"] = {role: StoredFile(**stored) for role, stored in fields["files"].items()}
            return cls(**fields)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{path} cannot be used ({error}). Build the index again: python -m index build --out {folder}"
            ) from error

    def contents(self, folder: Path, roles: Collection[str] = ROLES) -> dict[str, bytes]:
        """The bytes of the files of these ``roles``, checked against their hashes.

        Raises:
            ValueError: a file is missing or is not the one that was written.
        """
        contents: dict[str, bytes] = {}
        for role, stored in self.files.items():
            if role not in roles:
                continue
            path = folder / stored.name
            try:
                data = path.read_bytes() if path.parent == folder else None
            except OSError:
                data = None
            if data is None:
                raise ValueError(f"{path} is missing from the index. Rebuild it: {self.rebuild_command(folder)}")
            digest = hashlib.sha256(data).hexdigest()
            if digest != stored.sha256:
                raise ValueError(
                    f"{path} is damaged: its SHA-256 is {digest[:12]}..., the manifest says {stored.sha256[:12]}... "
                    f"Rebuild it: {self.rebuild_command(folder)}"
                )
            contents[role] = data
        missing = set(roles) - contents.keys()
        if missing:
            raise ValueError(
                f"The manifest in {folder} names no {min(missing)} file. Rebuild it: {self.rebuild_command(folder)}"
            )
        return contents

    def rebuild_command(self, folder: Path) -> str:
        """The command that builds this index again."""
        seeds = "".join(f" --seeds {place}" for place in self.seeds)
        return f"python -m index build{seeds} --out {folder}"


def documents_to_lines(documents: Iterable[Document]) -> bytes:
    """The documents as JSON lines, one object each."""
    return "".join(json.dumps(asdict(document), ensure_ascii=True) + "\n" for document in documents).encode()


def documents_from_lines(data: bytes) -> tuple[Document, ...]:
    """The inverse of `documents_to_lines`."""
    fields = (json.loads(line) for line in data.splitlines() if line)
    return tuple(Document(**entry | {"pages": tuple(entry.get("pages", ()))}) for entry in fields)


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: what was there before stays until all of ``data`` is on the disk."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _ours(path: Path) -> bool:
    """Whether the name is that of an index file, or of a temporary file that a killed build left."""
    return _OURS.fullmatch(path.name) is not None
