"""What documents keeps: copies of invoices, documents and their files, deliveries, and the jobs that are to be done."""

from documents.store.documents import Store
from documents.store.files import FileStore, MongoFiles
from documents.store.jobs import ClaimLost, Jobs

__all__ = ["INDEXES", "ClaimLost", "FileStore", "Jobs", "MongoFiles", "Store"]

from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.service import Indexes

INDEXES: Indexes = {
    "invoices": [],
    "documents": [],
    "deliveries": [
        IndexModel([("clinic_id", ASCENDING), ("requested_at", DESCENDING), ("delivery_id", DESCENDING)]),
        IndexModel([("invoice_id", ASCENDING), ("requested_at", DESCENDING), ("delivery_id", DESCENDING)]),
    ],
    "jobs": [IndexModel([("kind", ASCENDING), ("due_at", ASCENDING)])],
    "files": [],
}
