"""Our copy of the payments: the newest snapshot of each."""

from collections.abc import Iterable, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, Mongo
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from contracts.payments import Payment
from invoicing.domain.invoice.invoice import PATIENT
from invoicing.domain.receivables.account import AccountKey
from invoicing.domain.receivables.payment import ReceivedPayment
from invoicing.store.invoices import account_filters

COLLECTION = "payments"
INDEXES: Sequence[IndexModel] = [
    IndexModel([("invoice_id", ASCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING)]),
]
_SHOWN = dict.fromkeys(
    ("clinic_id", "patient_id", "invoice_id", "settled", "method", "received_at", "part", "payer_id"), 1
)
"""Of a copy what counts."""


class Payments:
    """Each query gives payments as they count."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def keep_newer(self, unit: Unit, events: Sequence[Payment]) -> list[Payment]:
        """Keeps the newest snapshot of each payment; returns the events that were newer than the copy."""
        return await keep_newer(unit, self._rows, events)

    async def by_id(self, unit: Unit, payment_ids: Iterable[str]) -> list[ReceivedPayment]:
        return await self._find(unit, {"_id": {"$in": list(payment_ids)}})

    async def on_accounts(self, unit: Unit, accounts: Iterable[AccountKey]) -> list[ReceivedPayment]:
        return [payment for place in account_filters(accounts) for payment in await self._find(unit, place)]

    async def naming(self, unit: Unit, invoice_ids: Iterable[str]) -> list[ReceivedPayment]:
        """The payments that name one of the invoices."""
        return await self._find(unit, {"invoice_id": {"$in": list(invoice_ids)}})

    async def _find(self, unit: Unit, where: dict[str, Any]) -> list[ReceivedPayment]:
        return [_payment(row) for row in await self._rows.find(where, _SHOWN, session=unit.session).to_list(None)]


def _payment(row: Document) -> ReceivedPayment:
    settled = row["settled"]
    return ReceivedPayment(
        payment_id=row["_id"],
        clinic_id=row["clinic_id"],
        patient_id=row["patient_id"],
        invoice_id=row["invoice_id"],
        settled_minor=settled["amount_minor"],
        currency=settled["currency"],
        method=row["method"],
        received_at=row["received_at"],
        part=row.get("part", PATIENT),
        payer_id=row.get("payer_id"),
    )
