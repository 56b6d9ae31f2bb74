"""What documents keeps: copies of what others published, documents and their files, deliveries, and jobs to be done."""

from dataclasses import dataclass
from typing import Self

from chassis import jobs
from chassis.database.mongo import Mongo
from chassis.journal import seals
from chassis.journal.revisions import Revisions
from chassis.journal.seals import Seals
from chassis.journal.verifier import Verifier
from chassis.service import Indexes
from documents.journal import JOURNAL
from documents.store import (
    clinics,
    credit_notes,
    days,
    deliveries,
    documents,
    files,
    invoices,
    link_openings,
    payments,
    receipts,
    reminders,
    sending_settings,
    sendings,
)
from documents.store.clinics import Clinics
from documents.store.credit_notes import CreditNotes
from documents.store.days import Days
from documents.store.deliveries import Deliveries
from documents.store.documents import Documents
from documents.store.invoices import Invoices
from documents.store.link_openings import LinkOpenings
from documents.store.payments import Payments
from documents.store.receipts import Receipts
from documents.store.reminders import Reminders
from documents.store.sending_settings import SendingSettingsStore
from documents.store.sendings import Sendings

INDEXES: Indexes = {
    invoices.COLLECTION: invoices.INDEXES,
    credit_notes.COLLECTION: credit_notes.INDEXES,
    payments.COLLECTION: payments.INDEXES,
    receipts.COLLECTION: receipts.INDEXES,
    clinics.COLLECTION: [],
    days.COLLECTION: [],
    documents.COLLECTION: [],
    deliveries.COLLECTION: deliveries.INDEXES,
    sendings.COLLECTION: sendings.INDEXES,
    sending_settings.COLLECTION: sending_settings.INDEXES,
    reminders.COLLECTION: [],
    link_openings.COLLECTION: link_openings.INDEXES,
    **seals.INDEXES,
    files.COLLECTION: [],
    **jobs.INDEXES,
}


@dataclass(frozen=True, slots=True)
class Store:
    """Reads outside of a transaction unless a session is given. Files are a port of the use cases."""

    invoices: Invoices
    credit_notes: CreditNotes
    payments: Payments
    receipts: Receipts
    clinics: Clinics
    days: Days
    documents: Documents
    deliveries: Deliveries
    sendings: Sendings
    sending_settings: SendingSettingsStore
    reminders: Reminders
    link_openings: LinkOpenings
    revisions: Revisions
    seals: Seals
    verifier: Verifier

    @classmethod
    def of(cls, mongo: Mongo) -> Self:
        return cls(
            invoices=Invoices(mongo),
            credit_notes=CreditNotes(mongo),
            payments=Payments(mongo),
            receipts=Receipts(mongo),
            clinics=Clinics(mongo),
            days=Days(mongo),
            documents=Documents(mongo),
            deliveries=Deliveries(mongo),
            sendings=Sendings(mongo),
            sending_settings=SendingSettingsStore(mongo),
            reminders=Reminders(mongo),
            link_openings=LinkOpenings(mongo),
            revisions=Revisions(mongo),
            seals=Seals(mongo),
            verifier=Verifier(mongo, JOURNAL),
        )
