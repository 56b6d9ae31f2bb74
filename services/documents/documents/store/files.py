"""Files by the SHA-256 of their bytes: the same bytes are kept once, and keeping them again changes nothing.

So a file is kept before the transaction that names it, as an object store would have it; what a crash leaves in
between is found there by the next rendering of the same content.
"""

from pymongo import ReplaceOne

from chassis.database.mongo import Mongo

COLLECTION = "files"
PIECE_BYTES = 8 * 1024 * 1024


class MongoFiles:
    """Files in pieces that a MongoDB document (16 MB) can hold; nearly every file is one piece."""

    def __init__(self, mongo: Mongo) -> None:
        self._pieces = mongo.collection(COLLECTION)

    async def keep(self, sha256: str, content: bytes) -> None:
        for number, start in enumerate(range(0, len(content), PIECE_BYTES)):
            key = f"{sha256}:{number:04}"
            piece = {"_id": key, "content": content[start : start + PIECE_BYTES], "pieces": _pieces(len(content))}
            await self._pieces.bulk_write([ReplaceOne({"_id": key}, piece, upsert=True)])

    async def read(self, sha256: str) -> bytes | None:
        """None when it is not there, or not whole."""
        named = {"_id": {"$gte": f"{sha256}:", "$lt": f"{sha256};"}}
        rows = await self._pieces.find(named).sort("_id", 1).to_list(None)
        if not rows or len(rows) != rows[0]["pieces"]:
            return None
        return b"".join(row["content"] for row in rows)


def _pieces(size_bytes: int) -> int:
    return -(-size_bytes // PIECE_BYTES)
