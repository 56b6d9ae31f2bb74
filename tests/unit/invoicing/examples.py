"""Invoices in every state, and what they are made with."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from invoicing.api.schemas.clinics import ClinicBody
from invoicing.api.schemas.price_lists import PriceListBody
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.corrections.comparison import BilledSession
from invoicing.domain.corrections.proposals import propose
from invoicing.domain.drafts.drafting import draft
from invoicing.domain.invoice.credit_note import CreditNote, credit, credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import archive, finalize, void
from invoicing.domain.pricing.price_list import PriceList, check
from invoicing.domain.pricing.terms import Terms
from invoicing.domain.receivables.allocation import allocate_account
from invoicing.domain.receivables.payment import ReceivedPayment
from invoicing.domain.receivables.write_off import write_off

from contracts.clinical import SessionCompleted
from kernel.actor import Actor
from kernel.change import Change
from tests.parts import sessions

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
SYSTEM = Actor("clinical.sessions", None, "system")
MANAGER = Actor("usr-3", "Jonas Abel", "billing_manager")
NOW = Change(LATER, MANAGER, "because")
GROSS_MINOR = 12_500 + 714  # a filling, exempt, and half a gram of composite at 12.00 with 19 %


def clinic(**changes: Any) -> Clinic:
    body = ClinicBody.model_validate(sessions.clinic(**changes))
    return replace(body.clinic("clinic-berlin"), version=1)


def price_list(*items: sessions.Json, **changes: Any) -> PriceList:
    body = PriceListBody.model_validate(sessions.prices(*items, **changes))
    return replace(check(body.prices("clinic-berlin", "standard")), version=3)


def terms(*items: sessions.Json, **changes: Any) -> Terms:
    return Terms(clinic(), price_list(*items, **changes), "EUR")


def session(**changes: Any) -> SessionCompleted:
    return SessionCompleted.model_validate(sessions.session(**changes))


def drafted(known: Terms | None = None, **changes: Any) -> Invoice:
    return draft(session(**changes), known or terms(), AT, SYSTEM)


def finalized(**changes: Any) -> Invoice:
    return finalize(drafted(**changes), clinic(), "B-1", Change(AT, MANAGER)).state


def payment(invoice: Invoice, settled_minor: int, payment_id: str = "pay-1", **changes: Any) -> ReceivedPayment:
    """A card payment that names the invoice."""
    paid = ReceivedPayment(
        payment_id,
        invoice.clinic_id,
        invoice.patient_id,
        invoice.invoice_id,
        settled_minor,
        invoice.currency,
        "card",
        AT,
    )
    return replace(paid, **changes)


def allocated(invoice: Invoice, payments: Sequence[ReceivedPayment], change: Change = NOW) -> Invoice:
    """The only invoice of its account, with what the account's payments count towards it."""
    [after] = allocate_account([invoice], payments, change).state
    return after


def paid() -> Invoice:
    invoice = finalized()
    return allocated(invoice, [payment(invoice, GROSS_MINOR)], Change(AT, SYSTEM))


def voided_later(invoice: Invoice, change: Change = NOW, version: int = 2, notes: Sequence[CreditNote] = ()) -> Invoice:
    """Its session is void: a credit note of all that is left of it is proposed."""
    [after] = propose(BilledSession(invoice, (), {invoice.invoice_id: notes}), None, version, change).state
    return after


def in_state(status: str) -> Invoice:
    """An invoice in one of the eight states, each reached by the way that leads there."""
    match status:
        case "draft":
            return drafted()
        case "finalized":
            return finalized()
        case "paid":
            return paid()
        case "no_charge":
            free = terms(sessions.item("D2391", 0))
            return finalize(drafted(free, materials=[]), clinic(), "B-1", Change(AT, MANAGER)).state
        case "archived":
            return archive(paid(), Change(AT, MANAGER)).state
        case "credited":
            note = credit_note(finalized(), [], None, "CN-1", date(2026, 11, 20), Change(AT, MANAGER))
            return credit(finalized(), note, Change(AT, MANAGER)).state
        case "written_off":
            return write_off(finalized(), Change(AT, MANAGER, "moved away")).state
        case "void":
            return void(finalized(), Change(AT, MANAGER)).state
    raise AssertionError(status)
