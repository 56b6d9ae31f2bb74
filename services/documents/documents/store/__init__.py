"""What documents keeps: copies of invoices, documents and their files, deliveries, and the jobs that are to be done."""

from dataclasses import dataclass
from typing import Self

from chassis import jobs
from chassis.database.mongo import Mongo
from chassis.service import Indexes
from documents.store import deliveries, documents, files, invoices
from documents.store.deliveries import Deliveries
from documents.store.documents import Documents
from documents.store.invoices import Invoices

INDEXES: Indexes = {
    invoices.COLLECTION: [],
    documents.COLLECTION: [],
    deliveries.COLLECTION: deliveries.INDEXES,
    files.COLLECTION: [],
    **jobs.INDEXES,
}


@dataclass(frozen=True, slots=True)
class Store:
    """Reads outside of a transaction unless a session is given. Files are a port of the use cases."""

    invoices: Invoices
    documents: Documents
    deliveries: Deliveries

    @classmethod
    def of(cls, mongo: Mongo) -> Self:
        return cls(Invoices(mongo), Documents(mongo), Deliveries(mongo))
