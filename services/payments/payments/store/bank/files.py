"""Statement files as they came, in chunks: readable once their statement's row says that all of them are there."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from anyio import to_thread
from pymongo import IndexModel

from chassis.database.mongo import Mongo
from chassis.failpoints import crossing

CHUNKS = "bank_file_chunks"
CHUNK_BYTES = 1024 * 1024
"""What is held of a file at a time; a document of MongoDB's has 16 MB at most."""
INDEXES: dict[str, Sequence[IndexModel]] = {CHUNKS: []}


class BankFiles:
    """The collection. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._chunks = mongo.collection(CHUNKS)

    async def keep(self, file_id: str, file: Path) -> int:
        """Stores the file and says in how many chunks. What a crash cut off is written over by the next try."""
        count = 0
        chunks = _chunks(file)
        while (data := await to_thread.run_sync(next, chunks, None)) is not None:
            row = {"_id": _id(file_id, count), "data": data}
            await self._chunks.replace_one({"_id": row["_id"]}, row, upsert=True)
            crossing("statements-after-chunk")
            count += 1
        return count

    async def read(self, file_id: str, count: int) -> AsyncIterator[bytes]:
        """Chunk by chunk."""
        for number in range(count):
            row = await self._chunks.find_one({"_id": _id(file_id, number)})
            if row is None:
                raise LookupError(f"chunk {number} of {file_id} is not there")
            yield row["data"]


def _id(file_id: str, number: int) -> str:
    return f"{file_id}/{number:05d}"


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while data := opened.read(CHUNK_BYTES):
            yield data
