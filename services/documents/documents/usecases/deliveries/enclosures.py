"""Which documents go along with a mail about an invoice."""

from collections.abc import AsyncIterator, Sequence
from typing import assert_never

from contracts.invoicing import Invoice
from documents.domain.deliveries.delivery import Enclosed, Enclosure
from documents.domain.documents.document import Source
from documents.store import Store
from documents.usecases.documents.credit_note_source import source_of_credit_note
from documents.usecases.documents.invoice_sheets import submission_sheets
from documents.usecases.documents.invoice_source import number_of, source_of
from documents.usecases.documents.receipt_source import receipts_of
from kernel.errors import Conflict


async def enclosures_of(
    store: Store, invoice: Invoice, kinds: Sequence[Enclosed], payer_id: str | None
) -> tuple[Enclosure, ...]:
    """Of each kind all there are, in the order of the kinds. Raises Conflict where there is none of a kind."""
    found: list[Enclosure] = []
    for kind in dict.fromkeys(kinds):
        of_this = [each async for each in of_kind(store, invoice, kind, payer_id)]
        if not of_this:
            raise Conflict("no-such-document", f"{invoice.invoice_id} has no {kind}", field="/documents")
        found += of_this
    return tuple(found)


async def of_kind(store: Store, invoice: Invoice, kind: Enclosed, payer_id: str | None) -> AsyncIterator[Enclosure]:
    number = number_of(invoice)
    match kind:
        case "invoice":
            yield kept("invoice", source_of(invoice), number)
        case "credit_note":
            for note in await store.credit_notes.of_patient(invoice.clinic_id, invoice.patient_id):
                if note.invoice_id == invoice.invoice_id:
                    yield kept("credit_note", source_of_credit_note(note), note.number)
        case "receipt":
            counted = {each.payment_id for each in invoice.allocations}
            for payment in await store.payments.of_patient(invoice.clinic_id, invoice.patient_id):
                if payment.payment_id in counted or payment.invoice_id == invoice.invoice_id:
                    for source in receipts_of(payment):
                        issued = await store.receipts.find(source.source_id)
                        yield kept("receipt", source, issued.number if issued else payment.receipt_number or "")
        case "statement":
            yield Enclosure("statement", invoice.patient_id, None, "statement")
        case "submission":
            yield Enclosure("submission", invoice.invoice_id, None, submission_sheets(invoice, payer_id).number)
        case "reminder":
            yield Enclosure("reminder", invoice.invoice_id, None, f"{number}-reminder")
        case _:
            assert_never(kind)


def kept(kind: Enclosed, source: Source, number: str) -> Enclosure:
    """A document that is made by itself when its source is issued."""
    return Enclosure(kind, source.source_id, source.document_id, number)
