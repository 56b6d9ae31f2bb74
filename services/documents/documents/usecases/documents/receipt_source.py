"""What of a payment, or of a refund, its receipt shows."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from contracts.invoicing import Invoice
from contracts.payments import Payment, Refund
from documents.domain.documents.document import Source
from documents.domain.documents.receipt import ISSUED_AFTER, content_of, refund_number
from documents.facts import ReceiptFacts, ReceiptSheets, ServedInvoice
from documents.store import Store
from documents.usecases.documents.sources import Sheets, Snapshot
from kernel.money import Money, total


def receipts_of(payment: Payment) -> Iterator[Source]:
    """Of the money that came, and of each refund that went, though it came back; none before the money is ours."""
    if payment.receipt_number is None or payment.settled_at is None:
        return
    yield _source(payment, payment.payment_id)
    for refund in payment.refunds:
        if refund.status == "settled" or refund.receipt_number is not None:
            yield _source(payment, refund.refund_id)


def _source(payment: Payment, receipt_id: str) -> Source:
    return Source(
        kind="receipt",
        source_id=receipt_id,
        source_version=payment.version,
        clinic_id=payment.clinic_id,
        patient_id=payment.patient_id,
        content=content_of(receipt_id),
    )


async def receipt_snapshot(store: Store, payment: Payment, receipt_id: str) -> Snapshot | None:
    """As it was issued, which is now where it was not yet; None where there is no such receipt."""
    source = next((each for each in receipts_of(payment) if each.source_id == receipt_id), None)
    if source is None:
        return None
    receipt = await store.receipts.find(receipt_id) or await store.receipts.keep(
        await _issue(store, payment, receipt_id)
    )
    return Snapshot(source, ReceiptSheets(receipt=receipt).model_dump_json().encode(), receipt.number)


def still_to_wait(payment: Payment, now: datetime) -> timedelta:
    """Until invoicing has had its time to say what the payment counts towards."""
    return min(max(payment.changed_at + ISSUED_AFTER - now, timedelta()), ISSUED_AFTER)


def slip(snapshot: Snapshot) -> Sheets:
    """The same receipt for the printer at the till."""
    shown = ReceiptSheets.model_validate_json(snapshot.facts).model_copy(update={"slip": True})
    return Sheets("receipt", shown.model_dump_json().encode(), snapshot.number)


async def _issue(store: Store, payment: Payment, receipt_id: str) -> ReceiptFacts:
    refund = next((each for each in payment.refunds if each.refund_id == receipt_id), None)
    invoices = await store.invoices.of_patient(payment.clinic_id, payment.patient_id)
    clinic = await store.clinics.find(payment.clinic_id)
    issued = [invoice for invoice in invoices if invoice.seller is not None]
    newest = max(issued, key=lambda each: (each.finalized_at or each.changed_at, each.invoice_id), default=None)
    seller = newest.seller if newest else None
    served = () if refund else tuple(_served(payment, invoices))
    return ReceiptFacts(
        receipt_id=receipt_id,
        clinic_id=payment.clinic_id,
        patient_id=payment.patient_id,
        payment_id=payment.payment_id,
        number=await _number(store, payment, refund),
        refund_of=payment.receipt_number if refund else None,
        method=payment.method,
        amount=refund.amount if refund else payment.amount,
        tendered=None if refund else payment.tendered,
        change=None if refund else payment.change,
        rounding=refund.rounding if refund else payment.rounding,
        reference=None if refund else payment.reference,
        reason=refund.reason if refund else None,
        at=_at(payment, refund),
        taken_by=_person(payment, refund),
        payer_id=payment.payer_id if payment.part == "insurer" else None,
        served=served,
        unused=None if refund else _unused(payment, served),
        clinic=seller.name if seller else clinic.name if clinic else payment.clinic_id,
        time_zone=clinic.time_zone if clinic else None,
        seller=seller,
        buyer=newest.buyer if newest else None,
    )


async def _number(store: Store, payment: Payment, refund: Refund | None) -> str:
    number = payment.receipt_number or ""
    if refund is None:
        return number
    return refund.receipt_number or refund_number(number, await store.receipts.refunds_of(payment.clinic_id, number))


def _at(payment: Payment, refund: Refund | None) -> datetime:
    return refund.refunded_at if refund else payment.settled_at or payment.received_at


def _person(payment: Payment, refund: Refund | None) -> str | None:
    if refund is not None:
        return refund.refunded_by.name
    return payment.taken_by.name if payment.taken_by else None


def _served(payment: Payment, invoices: Sequence[Invoice]) -> Iterator[ServedInvoice]:
    """As invoicing says by now; where it has not said anything yet, the invoice that the payment names."""
    counted = ((invoice, each) for invoice in invoices for each in invoice.allocations)
    applied = [(invoice, each) for invoice, each in counted if each.payment_id == payment.payment_id]
    for invoice, allocation in applied:
        yield _on(invoice, allocation.amount, _left(invoice, payment))
    named = next((each for each in invoices if each.invoice_id == payment.invoice_id and each.number), None)
    if not applied and named is not None:
        left = _left(named, payment)
        taken = Money(min(payment.amount.amount_minor, left.amount_minor), payment.currency)
        if left.currency == payment.currency and taken.amount_minor > 0:
            yield _on(named, taken, left - taken)


def _on(invoice: Invoice, amount: Money, left: Money) -> ServedInvoice:
    return ServedInvoice(number=invoice.number or "", issued_on=invoice.issued_on, amount=amount, left=left)


def _left(invoice: Invoice, payment: Payment) -> Money:
    """What its payer owes of it."""
    shares = [share for share in invoice.payers if share.part == payment.part]
    if payment.part == "insurer" and payment.payer_id:
        shares = [share for share in shares if share.payer_id == payment.payer_id]
    return total((share.open for share in shares), invoice.currency) if shares else invoice.totals.due


def _unused(payment: Payment, served: Sequence[ServedInvoice]) -> Money | None:
    left = payment.amount - total((each.amount for each in served), payment.currency)
    return left if left.amount_minor > 0 else None
