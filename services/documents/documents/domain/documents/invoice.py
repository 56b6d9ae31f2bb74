"""The document of an invoice: its source is the invoice, and finalizing freezes it."""

import hashlib
from collections.abc import Mapping

Fields = Mapping[str, "bool | set[str]"]

FROZEN: Fields = {
    **dict.fromkeys(("invoice_id", "number", "currency", "issued_on", "due_on", "note"), True),
    **dict.fromkeys(("lines", "tax", "buyer", "seller", "provider"), True),
    "totals": {"net", "tax", "gross"},
}
"""What finalizing fixes. Payments go on changing the rest, and make no other document of it."""
TERMS: Fields = {
    **FROZEN,
    **dict.fromkeys(("finalized_at", "issued", "payment_reference", "prompt_payment", "instalments"), True),
    "totals": {"net", "tax", "gross", "rounding", "discounts"},
}
"""What was printed of an invoice that tells what it asked for when it was issued, before previous balances were."""
PRINTED: Fields = {**TERMS, **dict.fromkeys(("previous_balances", "supplement_to"), True)}
"""All that is printed of such an invoice: only another plan makes another document of it, and that it is void.

What was issued before invoices told that keeps the content that it had, and with it its document.
"""


def content_of(printed: str, *, void: bool) -> str:
    """Of what is printed, as JSON. A void invoice has another document: its copies have to say so."""
    return hashlib.sha256((f"void:{printed}" if void else printed).encode()).hexdigest()
