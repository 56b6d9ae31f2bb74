"""Receipts, frozen when they were issued."""

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo
from documents.facts import ReceiptFacts

COLLECTION = "receipts"
INDEXES = [IndexModel([("clinic_id", ASCENDING), ("number", ASCENDING)], unique=True)]


class Receipts:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, receipt_id: str) -> ReceiptFacts | None:
        row = await self._rows.find_one({"_id": receipt_id})
        return ReceiptFacts.model_validate({name: row[name] for name in row if name != "_id"}) if row else None

    async def refunds_of(self, clinic_id: str, receipt_number: str) -> int:
        """How many receipts for refunds of the payment with this receipt there are."""
        after = {"$gt": f"{receipt_number}/", "$lt": f"{receipt_number}0"}
        return int(await self._rows.count_documents({"clinic_id": clinic_id, "number": after}))

    async def keep(self, receipt: ReceiptFacts) -> ReceiptFacts:
        """The one that is kept, which is another where somebody else was first."""
        key = {"_id": receipt.receipt_id}
        await self._rows.update_one(key, {"$setOnInsert": receipt.model_dump()}, upsert=True)
        return await self.find(receipt.receipt_id) or receipt
