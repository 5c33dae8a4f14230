"""Open a store in Milvus, and bring it up to date with documents."""

import os
from collections.abc import Sequence

from index.document import Document
from index.encoder import Encoder
from index.milvus.address import Address
from index.milvus.store import MilvusStore
from index.split import SplitSettings

TOKEN = "QA_STORE_TOKEN"  # noqa: S105
"""The environment's name for the token, which should not stand on a command line."""


def open_store(url: str, encoder: Encoder, settings: SplitSettings | None = None) -> MilvusStore:
    """The store at ``url`` (`Address.parse`); with ``settings``, it is made if there is none.

    Raises:
        ValueError: there is no server or no store, or it was made with another encoder.
    """
    return MilvusStore(Address.parse(url, os.environ.get(TOKEN, "")), encoder, settings)


def update(
    store: MilvusStore, documents: Sequence[Document], *, remove: bool = True, show_progress: bool = False
) -> tuple[int, int]:
    """Add those of ``documents`` that ``store`` lacks and, unless ``remove`` is False, remove all others from it.

    Returns how many were added, and how many removed.

    Raises:
        UnavailableError: the server does not answer. What was written stays, and the same call goes on from there.
    """
    wanted = {document.id for document in documents}
    gone = [one for one in store.by_id if one not in wanted] if remove else []
    added = store.add(documents, show_progress)
    store.remove(gone)
    return added, len(gone)
