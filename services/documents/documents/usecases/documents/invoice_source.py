"""What of an invoice its document shows."""

from contracts.invoicing import Invoice
from documents.domain.documents.document import Source
from documents.domain.documents.invoice import FROZEN, PRINTED, TERMS, Fields, content_of
from documents.facts import InvoiceFacts
from documents.store import Store
from documents.usecases.documents.sources import Sheets, Snapshot
from kernel.errors import Conflict


def source_of(invoice: Invoice) -> Source:
    """The content is hashed without defaults, so that a new optional field of the contract renders nothing anew."""
    shown, formerly = (FROZEN, FROZEN) if invoice.issued is None else (PRINTED, TERMS)
    return Source(
        kind="invoice",
        source_id=invoice.invoice_id,
        source_version=invoice.version,
        clinic_id=invoice.clinic_id,
        patient_id=invoice.patient_id,
        content=_content(invoice, shown),
        formerly=_content(invoice, formerly),
    )


def _content(invoice: Invoice, shown: Fields) -> str:
    printed = invoice.model_dump_json(include=dict(shown), exclude_defaults=True)
    return content_of(printed, void=invoice.status == "void")


async def invoice_snapshot(store: Store, invoice: Invoice) -> Snapshot:
    """With the number of the invoice that it adds to, which was issued before it."""
    facts = InvoiceFacts(invoice=invoice, supplements=await original_number(store, invoice))
    return Snapshot(source_of(invoice), facts.model_dump_json().encode(), invoice.number or "")


async def original_number(store: Store, invoice: Invoice) -> str | None:
    """Of the invoice that it adds to."""
    original = await store.invoices.find(invoice.supplement_to) if invoice.supplement_to else None
    return original.number if original else None


async def draft_sheets(store: Store, invoice: Invoice) -> Sheets:
    """What the invoice would be, by what is known now: of the clinic its name."""
    clinic = await store.clinics.find(invoice.clinic_id)
    supplements = await original_number(store, invoice)
    facts = InvoiceFacts(invoice=invoice, supplements=supplements, clinic=clinic.name if clinic else invoice.clinic_id)
    return Sheets("invoice", facts.model_dump_json().encode(), "draft")


def number_of(invoice: Invoice) -> str:
    """Raises Conflict for a draft."""
    if invoice.number is None:
        raise Conflict("invoice-not-finalized", f"{invoice.invoice_id} is a draft: it has no document")
    return invoice.number
