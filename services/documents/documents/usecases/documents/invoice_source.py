"""What of an invoice its document shows."""

import hashlib

from contracts.invoicing import Invoice
from documents.domain.documents.document import INVOICE, Source
from kernel.errors import Conflict

FROZEN: dict[str, bool | set[str]] = {
    **dict.fromkeys(("invoice_id", "number", "currency", "issued_on", "due_on", "note"), True),
    **dict.fromkeys(("lines", "tax", "buyer", "seller", "provider"), True),
    "totals": {"net", "tax", "gross"},
}
"""What finalizing fixes. Payments go on changing the rest, and make no other document of it."""
PRINTED: dict[str, bool | set[str]] = {
    **FROZEN,
    **dict.fromkeys(("finalized_at", "issued", "payment_reference", "prompt_payment", "instalments"), True),
    "totals": {"net", "tax", "gross", "rounding", "discounts"},
}
"""All that is printed of an invoice that tells what it asked for when it was issued: only another plan makes another
document of it. What was issued before invoices told that keeps the content that it had, and with it its document.
"""


def source_of(invoice: Invoice) -> Source:
    """The content is hashed without defaults, so that a new optional field of the contract renders nothing anew."""
    shown = FROZEN if invoice.issued is None else PRINTED
    frozen = invoice.model_dump_json(include=shown, exclude_defaults=True)
    return Source(
        kind=INVOICE,
        source_id=invoice.invoice_id,
        source_version=invoice.version,
        clinic_id=invoice.clinic_id,
        patient_id=invoice.patient_id,
        content=hashlib.sha256(frozen.encode()).hexdigest(),
    )


def number_of(invoice: Invoice) -> str:
    """Raises Conflict for a draft."""
    if invoice.number is None:
        raise Conflict("invoice-not-finalized", f"{invoice.invoice_id} is a draft: it has no document")
    return invoice.number
