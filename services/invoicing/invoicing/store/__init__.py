"""Invoicing's own collections, a file for each subject."""

from collections.abc import Sequence

from pymongo import IndexModel

from chassis.database.mongo import Mongo
from chassis.journal import seals
from chassis.journal.revisions import Revisions
from chassis.journal.seals import Seals
from chassis.journal.verifier import Verifier
from invoicing.journal import JOURNAL
from invoicing.store import (
    accounts,
    alarms,
    checks,
    claims,
    clinics,
    counters,
    credit_notes,
    discounts,
    invoices,
    patients,
    payments,
    pricing,
    session_log,
)

INDEXES: dict[str, Sequence[IndexModel]] = {
    invoices.COLLECTION: invoices.INDEXES,
    session_log.VOIDED: [],
    counters.COLLECTION: [],
    claims.COLLECTION: [],
    patients.COLLECTION: patients.INDEXES,
    payments.COLLECTION: payments.INDEXES,
    **seals.INDEXES,
    session_log.COLLECTION: session_log.INDEXES,
    alarms.COLLECTION: [],
    checks.COLLECTION: [],
    **discounts.INDEXES,
    clinics.COLLECTION: clinics.INDEXES,
    pricing.COLLECTION: pricing.INDEXES,
    accounts.COLLECTION: accounts.INDEXES,
    credit_notes.COLLECTION: credit_notes.INDEXES,
}


class Store:
    """What invoicing loads from and saves to. It publishes nothing."""

    def __init__(self, mongo: Mongo) -> None:
        self.invoices = invoices.Invoices(mongo)
        self.counters = counters.Counters(mongo)
        self.claims = claims.Claims(mongo)
        self.patients = patients.Patients(mongo)
        self.payments = payments.Payments(mongo)
        self.session_log = session_log.SessionLog(mongo)
        self.alarms = alarms.Alarms(mongo)
        self.checks = checks.Checks(mongo)
        self.clinics = clinics.Clinics(mongo)
        self.price_lists = pricing.PriceLists(mongo)
        self.accounts = accounts.Accounts(mongo)
        self.credit_notes = credit_notes.CreditNotes(mongo)
        self.discounts = discounts.Discounts(mongo)
        self.revisions = Revisions(mongo)
        self.seals = Seals(mongo)
        self.verifier = Verifier(mongo, JOURNAL)
