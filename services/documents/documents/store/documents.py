"""Documents, by the id that their source gives them."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from chassis.database.mongo import Mongo, Session
from chassis.journal.documents import DocumentChange, VersionedDocuments
from chassis.messaging.outbox import Unit
from documents.domain.documents.document import Document, Source

COLLECTION = "documents"
_DOCUMENT = TypeAdapter(Document)


class Documents:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION)

    async def find(self, document_id: str, session: Session | None = None) -> Document | None:
        row = await self._rows.find_one({"_id": document_id}, session=session)
        return _DOCUMENT.validate_python(row) if row else None

    async def contents(self, sources: Sequence[Source], session: Session) -> set[str]:
        """The contents of those documents that are there already, also of those that could not be rendered."""
        wanted = {"_id": {"$in": [source.document_id for source in sources]}}
        rows = await self._rows.find(wanted, {"source.content": 1}, session=session).to_list(None)
        return {row["source"]["content"] for row in rows}

    async def save(self, unit: Unit, document: Document) -> None:
        """Raises Conflict when another change came first."""
        change = DocumentChange(document.document_id, document.version - 1, _DOCUMENT.dump_python(document))
        await self._documents.save(unit, [change])
