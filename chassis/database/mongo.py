"""The one place that knows the MongoDB driver: PyMongo's async API, or Motor by setting."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date
from typing import Any, Literal, TypeAlias, TypeVar

from bson.codec_options import CodecOptions, TypeRegistry
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient, IndexModel, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from chassis.database import cancellation
from chassis.database.predecessor import Identity, Predecessor
from chassis.database.transactions import DURABLE, Transactions
from chassis.pace import Pace
from chassis.tasks import within

T = TypeVar("T")
Document = dict[str, Any]
Session: TypeAlias = AsyncClientSession
"""PyMongo's. Motor's answers to the same calls, as far as they are made here."""
Collection: TypeAlias = AsyncCollection[Document]
"""Likewise."""
DriverError = PyMongoError
Driver = Literal["pymongo", "motor"]

DUPLICATE_KEY = 11000
BAD_DATA = frozenset({2, 9, 14, 15, 22, 40, 52, 56, 57, 121, 10334, 17280, 17419, 17420})
"""BadValue, FailedToParse, TypeMismatch, Overflow, InvalidBSON, ConflictingUpdateOperators, names that are none,
DocumentValidationFailure, documents and keys that are too large: no later attempt ends otherwise.
https://github.com/mongodb/mongo/blob/r6.0.5/src/mongo/base/error_codes.yml
"""
VALUES_AT_ONCE = 50
LOOK_FOR_DEAD_EVERY_S = 1.0
LOOK_WITHIN_S = 2.0
SETTLE_WITHIN_S = 1.0
# By default a read shows what a transaction that begins after it need not know yet, and what a failover may take back.
_AGREED = ReadConcern("majority")


def _encode_unknown(value: object) -> object:
    """BSON has no date without a time: a local date is kept as ISO 8601 text, as on the wire."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be stored")


CODEC: CodecOptions[Document] = CodecOptions(
    tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry(fallback_encoder=_encode_unknown)
)
"""How values are written and read. A driver's `command` takes it only by itself."""


class _Bytes(RawBSONDocument):
    """What is stored becomes bytes, without an object around it. The answer that it comes in has no `_id`."""

    def __new__(cls, raw: bytes | memoryview, options: Any = None) -> Any:
        return bytes(raw) if raw[5:9] == b"_id\0" else RawBSONDocument(raw, options)


RAW: CodecOptions[Any] = CodecOptions(document_class=_Bytes)
"""For what is only looked at as bytes: to decode it takes longer than to read it."""

cancellation.survive()


def _connect(uri: str, driver: Driver, app_name: str) -> Any:
    options: dict[str, Any] = {"w": "majority", "journal": True, "retryWrites": True, "appname": app_name}
    if driver == "motor":
        from motor.motor_asyncio import AsyncIOMotorClient

        return AsyncIOMotorClient(uri, **options)
    return AsyncMongoClient(uri, **options)


class Mongo:
    """One service's database. Times come back aware and in UTC.

    What a read shows, every transaction that begins after it knows, in whichever process; and what is acknowledged,
    every read shows: whatever the URI says of concerns and preferences.
    A process that says who it is (`identity`) ends what its predecessor left locked.
    """

    def __init__(self, uri: str, database: str, driver: Driver = "pymongo", identity: Identity | None = None) -> None:
        self._client = _connect(uri, driver, identity.app_name if identity else "chairside")
        self._predecessor = Predecessor(self._client, identity) if identity else None
        self._transactions = Transactions(self._client, self._locked)
        self._look_again_at = 0.0
        self.pace = Pace()
        """When this process last committed a transaction."""
        self.db = self._client.get_database(
            database,
            codec_options=CODEC,
            write_concern=DURABLE,
            read_concern=_AGREED,
            read_preference=ReadPreference.PRIMARY,
        )

    def collection(self, name: str) -> Collection:
        """A collection; only calls that PyMongo async and Motor share may be made on it."""
        found: Collection = self.db[name]
        return found

    async def transaction(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Runs `work` in a snapshot transaction, committed by a majority and journaled.

        `work` runs again when the transaction met another one, so it may only act on the database. When the caller is
        cancelled it may have been committed; it never has in part.
        Raises DriverError; see `is_duplicate` for a business key that was there already.
        """
        result = await self._transactions.run(work)
        self.pace.wrote()
        return result

    async def end_predecessor(self) -> None:
        """Ends the transactions that a process at our place was killed in. Raises DriverError."""
        if self._predecessor is not None:
            await self._predecessor.end_transactions()

    async def _locked(self) -> None:
        """Once a second at most, also when many meet the same lock."""
        now = asyncio.get_running_loop().time()
        if now < self._look_again_at:
            return
        self._look_again_at = now + LOOK_FOR_DEAD_EVERY_S
        with suppress(PyMongoError, TimeoutError):
            await within(LOOK_WITHIN_S, self.end_predecessor())

    async def ensure_indexes(self, indexes: Mapping[str, Sequence[IndexModel]]) -> None:
        """Creates what is missing. Collections that a transaction writes to must exist before it starts.

        A collection comes with its first index.
        """
        existing = set(await self.db.list_collection_names())
        for name, models in indexes.items():
            if models:
                await self.collection(name).create_indexes(list(models))
            elif name not in existing:
                await self._create(name)

    async def _create(self, name: str) -> None:
        try:
            await self.db.create_collection(name)
        except PyMongoError:
            if name not in await self.db.list_collection_names():
                raise

    async def ping(self) -> None:
        """Raises DriverError when the database does not answer."""
        await self.db.command("ping")

    async def close(self) -> None:
        """Lets what was cut be rolled back, and closes the connections."""
        await self._transactions.settle(SETTLE_WITHIN_S)
        closing = self._client.close()
        if closing is not None:
            await closing


def chunks(values: Iterable[Any], most: int = VALUES_AT_ONCE) -> Iterator[list[Any]]:
    """The values, so many at a time."""
    wanted = list(values)
    return (wanted[at : at + most] for at in range(0, len(wanted), most))


async def raw_batches(rows: Collection, where: Document, *, most: int) -> AsyncIterator[list[bytes]]:
    """All that there is, so many at a time, each as the BSON in which it is stored.

    A cursor by itself reads 16 MB ahead, and gives out one after the other.
    """
    found = rows.with_options(codec_options=RAW).find(where, batch_size=most)
    while batch := await found.to_list(most):
        yield batch


async def upsert(rows: Collection, where: Document, change: Document, session: Session | None = None) -> Document:
    """The document after the change, which is made where there is none. Raises DriverError."""
    after = await rows.find_one_and_update(
        where, change, upsert=True, return_document=ReturnDocument.AFTER, session=session
    )
    assert after is not None
    return after


async def find_in(
    rows: Collection,
    field: str,
    values: Iterable[Any],
    session: Session | None,
    *,
    shown: Sequence[str] = (),
    at_once: int = VALUES_AT_ONCE,
    **where: Any,
) -> list[Document]:
    """The documents with one of the values in a field that is no list, and equal in what else is asked for.

    In chunks: the embedded database holds each document that it finds against every value of the query; of values
    that find little, more go `at_once`. `shown` are the fields that come with the id, all of them if it names none.
    """
    fields = dict.fromkeys(shown, 1) or None
    found: list[Document] = []
    for some in chunks(values, at_once):
        found += await rows.find({**where, field: {"$in": some}}, fields, session=session).to_list(None)
    return found


def is_duplicate(error: BaseException) -> bool:
    """Whether a write failed because its business key exists: the thing has been done before."""
    return isinstance(error, DuplicateKeyError) or DUPLICATE_KEY in _codes(error)


def is_refused_data(error: BaseException) -> bool:
    """Whether the database answered that it cannot hold what it was given, so that to try again is no use."""
    return not BAD_DATA.isdisjoint(_codes(error))


def _codes(error: BaseException) -> set[int | None]:
    if isinstance(error, BulkWriteError):
        return {failed.get("code") for failed in (error.details or {}).get("writeErrors", ())}
    return {error.code} if isinstance(error, OperationFailure) else set()
