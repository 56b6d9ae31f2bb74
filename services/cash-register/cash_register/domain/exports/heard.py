"""What invoices told of the cash that was paid for them, and of whose register it is."""

from dataclasses import dataclass
from datetime import datetime

from cash_register.domain.exports.closings import Business
from cash_register.domain.exports.vat import Taxed


@dataclass(frozen=True, slots=True, kw_only=True)
class CashAllocation:
    """What of a cash payment went to an invoice, as the first of its versions had it that knew of it."""

    payment_id: str
    invoice_id: str
    invoice_version: int
    at: datetime
    clinic_id: str
    invoice_number: str
    amount_minor: int
    taxed: tuple[Taxed, ...]

    @property
    def key(self) -> str:
        return f"{self.payment_id}/{self.invoice_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessSince:
    """A clinic as its invoices have it, from the first of them on."""

    clinic_id: str
    since: datetime
    business: Business

    @property
    def key(self) -> str:
        return f"{self.clinic_id}/{self.since.isoformat()}"


def business_at(known: list[BusinessSince], clinic_id: str, at: datetime) -> Business:
    """As it was then; before its first invoice, as that has it; before any, all that is known is its id."""
    in_order = sorted(known, key=lambda one: one.since)
    before = [one for one in in_order if one.since <= at]
    found = before[-1:] or in_order[:1]
    return found[0].business if found else Business(clinic_id)


def news(known: list[BusinessSince], entry: BusinessSince) -> bool:
    """Whether the books do not say so already."""
    return business_at(known, entry.clinic_id, entry.since) != entry.business or not any(
        one.since <= entry.since for one in known
    )
