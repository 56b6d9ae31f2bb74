"""The one place that knows the MongoDB driver: PyMongo's async API, or Motor by setting."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, date
from typing import Any, Literal, TypeAlias, TypeVar

from bson.codec_options import CodecOptions, TypeRegistry
from pymongo import AsyncMongoClient, IndexModel, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

T = TypeVar("T")
Document = dict[str, Any]
Session: TypeAlias = AsyncClientSession
"""PyMongo's. Motor's answers to the same calls, as far as they are made here."""
Collection: TypeAlias = AsyncCollection[Document]
"""Likewise."""
DriverError = PyMongoError
Driver = Literal["pymongo", "motor"]

DUPLICATE_KEY = 11000
VALUES_AT_ONCE = 50
_DURABLE = WriteConcern("majority", j=True)
_SNAPSHOT = ReadConcern("snapshot")
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


def _connect(uri: str, driver: Driver) -> Any:
    options: dict[str, Any] = {"w": "majority", "journal": True, "retryWrites": True, "appname": "chairside"}
    if driver == "motor":
        from motor.motor_asyncio import AsyncIOMotorClient

        return AsyncIOMotorClient(uri, **options)
    return AsyncMongoClient(uri, **options)


class Mongo:
    """One service's database. Times come back aware and in UTC.

    What a read shows, every transaction that begins after it knows, in whichever process; and what is acknowledged,
    every read shows: whatever the URI says of concerns and preferences.
    """

    def __init__(self, uri: str, database: str, driver: Driver = "pymongo") -> None:
        self._driver = driver
        self._client = _connect(uri, driver)
        self.db = self._client.get_database(
            database,
            codec_options=CODEC,
            write_concern=_DURABLE,
            read_concern=_AGREED,
            read_preference=ReadPreference.PRIMARY,
        )

    def collection(self, name: str) -> Collection:
        """A collection; only calls that PyMongo async and Motor share may be made on it."""
        found: Collection = self.db[name]
        return found

    async def transaction(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Runs `work` in a snapshot transaction, committed by a majority and journaled.

        `work` runs again when the transaction met another one, so it may only act on the database.
        Raises DriverError; see `is_duplicate` for a business key that was there already.
        """
        session = await self._client.start_session() if self._driver == "motor" else self._client.start_session()
        async with session:
            result: T = await session.with_transaction(
                work, read_concern=_SNAPSHOT, write_concern=_DURABLE, read_preference=ReadPreference.PRIMARY
            )
            return result

    async def ensure_indexes(self, indexes: dict[str, Sequence[IndexModel]]) -> None:
        """Creates what is missing. Collections that a transaction writes to must exist before it starts."""
        existing = set(await self.db.list_collection_names())
        for name, models in indexes.items():
            if name not in existing:
                await self._create(name)
            if models:
                await self.collection(name).create_indexes(list(models))

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
        """Closes the connections."""
        closing = self._client.close()
        if closing is not None:
            await closing


def chunks(values: Iterable[Any], most: int = VALUES_AT_ONCE) -> Iterator[list[Any]]:
    """The values, so many at a time."""
    wanted = list(values)
    return (wanted[at : at + most] for at in range(0, len(wanted), most))


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
    session: Session,
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
    if isinstance(error, BulkWriteError):
        return any(e.get("code") == DUPLICATE_KEY for e in (error.details or {}).get("writeErrors", ()))
    return isinstance(error, DuplicateKeyError)
