"""Whom a delivery goes to: their address, how they are greeted, and in which language."""

from dataclasses import dataclass
from typing import assert_never

from chassis.domain_names import ascii_domain
from contracts.clinical import Coverage
from contracts.invoicing import Invoice
from documents.domain.deliveries.addresses import address_of
from documents.domain.deliveries.delivery import RecipientKind
from kernel.errors import BusinessError

FIELD = "/to"


@dataclass(frozen=True, slots=True)
class Recipient:
    """`name` is None for an address of which nobody said whose it is."""

    address: str
    name: str | None
    locale: str | None


def recipient_of(invoice: Invoice, to: RecipientKind, address: str | None, payer_id: str | None) -> Recipient:
    """Raises BusinessError 422 when there is no address that mail could be sent to; it names none."""
    buyer = invoice.buyer
    match to:
        case "patient":
            return _reached(invoice, "the patient", buyer.email, buyer.name, buyer.locale)
        case "guardian":
            if buyer.guardian is None:
                raise BusinessError("recipient-missing", f"{invoice.invoice_id} names no guardian", field=FIELD)
            guardian = buyer.guardian
            return _reached(invoice, "the guardian", guardian.email, guardian.name, guardian.locale or buyer.locale)
        case "insurer":
            cover = coverage_of(invoice, payer_id)
            return _reached(invoice, "the insurer", cover.payer_email, cover.payer_name, buyer.locale)
        case "address":
            return _reached(invoice, "the recipient", address, None, buyer.locale)
        case _:
            assert_never(to)


def coverage_of(invoice: Invoice, payer_id: str | None) -> Coverage:
    """Of this insurer, or the first one. Raises BusinessError 422 where the patient has no such insurance."""
    covers = [each for each in (invoice.buyer.coverage, invoice.buyer.secondary_coverage) if each is not None]
    found = next((each for each in covers if payer_id in (None, each.payer_id)), None)
    if found is not None:
        return found
    if payer_id is not None and covers:
        raise BusinessError("payer-unknown", f"{invoice.invoice_id} names no such insurer", field="/payer_id")
    raise BusinessError("recipient-missing", f"{invoice.invoice_id} names no insurer", field=FIELD)


def _reached(invoice: Invoice, who: str, email: str | None, name: str | None, locale: str | None) -> Recipient:
    missing = f"{invoice.invoice_id} names no e-mail address of {who}"
    invalid = f"the e-mail address of {who} is none" if who == "the recipient" else f"{missing} that is one"
    return Recipient(address_of(email, missing, invalid, ascii_domain, FIELD), name, locale)
