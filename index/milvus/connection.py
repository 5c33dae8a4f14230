"""A connection to Milvus: the calls that a store needs, each within a time, with errors that say what to do."""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from index.milvus.address import Address
from index.unavailable import UnavailableError

SECONDS = 10.0
"""For one call; to write takes up to three times as long."""
ROWS = 500
"""In one call that writes."""
OLDEST = (2, 3)
WITH_WORDS = (2, 5)
"""The version of the server from which on it searches by words. Older ones accept the schema, and find nothing."""
CONSISTENCY = "Session"
"""Who wrote something finds it; others find it within a moment."""

Row = dict[str, Any]
_Item = TypeVar("_Item")
_log = logging.getLogger(__name__)


class Connection:
    """Calls of one server or file. It may be used from several threads."""

    def __init__(self, address: Address) -> None:
        """Connect.

        Raises:
            ValueError: the package is missing, there is no server, it does not let us in, or it is too old.
        """
        try:
            from pymilvus import MilvusClient
            from pymilvus.exceptions import MilvusException
        except ImportError as error:
            raise ValueError("The package pymilvus is not installed. Run: pip install -r requirements-cluster.txt") from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # What it would say is in the errors, too.
        self.server = address.server
        self._error: type[Exception] = MilvusException
        try:
            self._client = MilvusClient(address.server, token=address.token, timeout=SECONDS)
            said = str(self._client.get_server_version(timeout=SECONDS))
        except Exception as error:
            raise ValueError(
                f"There is no Milvus at {address.server} that lets us in ({_first_line(error)}). Start it, or check the "
                "address and the token (QA_STORE_TOKEN)."
            ) from error
        number = re.search(r"(\d+)\.(\d+)", said)
        # Milvus Lite numbers its own releases.
        version = (99, 0) if said.startswith("milvus_lite") else (int(number[1]), int(number[2])) if number else (0, 0)
        if version < OLDEST:
            raise ValueError(f"Milvus at {address.server} is {said}; 2.3 or newer is needed, and 2.5 to search by words.")
        self.finds_words = version >= WITH_WORDS
        if not self.finds_words:
            _log.warning(
                "Milvus at %s is %s: passages are found by meaning alone. From 2.5 on by words too.", self.server, said
            )

    def call(self, method: str, *arguments: object, seconds: float = SECONDS, **named: Any) -> Any:  # noqa: ANN401
        """Call a method of the client.

        Raises:
            UnavailableError: it does not answer, or refuses.
        """
        try:
            return getattr(self._client, method)(*arguments, timeout=seconds, **named)
        except self._error as error:
            raise UnavailableError(f"The store at {self.server} does not do its work ({_first_line(error)}).") from error

    def query(
        self, collection: str, condition: str, fields: Sequence[str], *, strongly: bool = False, limit: int | None = None
    ) -> list[Row]:
        """Rows, in any order; ``strongly``: as of now, whoever wrote them."""
        more: dict[str, Any] = {"consistency_level": "Strong"} if strongly else {}
        if limit:
            more["limit"] = limit
        return list(self.call("query", collection, filter=condition, output_fields=list(fields), **more))

    def count(self, collection: str, condition: str = "", *, strongly: bool = False) -> int:
        """How many rows there are."""
        (row,) = self.query(collection, condition, ["count(*)"], strongly=strongly)
        return int(row["count(*)"])

    def upsert(self, collection: str, rows: Iterable[Row]) -> None:
        """Write rows. To do so twice does no harm."""
        for some in batches(rows, ROWS):
            self.call("upsert", collection, some, seconds=3 * SECONDS)

    def has(self, collection: str) -> bool:
        """Whether there is a collection of this name or alias."""
        return bool(self.call("has_collection", collection))

    def drop(self, collection: str) -> None:
        """Remove a collection, if it is there."""
        if self.has(collection):
            self.call("drop_collection", collection)

    def point(self, alias: str, collection: str) -> None:
        """Let ``alias`` stand for ``collection``."""
        self.call("alter_alias" if self.has(alias) else "create_alias", collection, alias)


def among(documents: Sequence[str]) -> str:
    """The condition that a row is of one of these documents."""
    return f"document in {json.dumps(list(documents))}"


def batches(items: Iterable[_Item], count: int) -> Iterator[list[_Item]]:
    """``items`` in lists of ``count``, as itertools.batched of newer Pythons gives them."""
    iterator = iter(items)
    while batch := list(islice(iterator, count)):
        yield batch


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
