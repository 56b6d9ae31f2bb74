"""The receipt of a payment or refund: its source is the money that moved, and it is frozen when it is issued.

That is a moment after the payment was heard, so that invoicing can say which invoices it counts towards. What it says
then is kept: nothing that comes later changes a receipt.
"""

import hashlib
from datetime import timedelta

ISSUED_AFTER = timedelta(seconds=2)
"""How long invoicing has for saying which invoices a payment counts towards."""


def content_of(receipt_id: str) -> str:
    """One document for ever: what is printed is frozen with its first rendering."""
    return hashlib.sha256(f"receipt:{receipt_id}".encode()).hexdigest()


def refund_number(receipt_number: str, before: int) -> str:
    """Of a refund that payments gave no number of its own, after `before` others of its payment."""
    return f"{receipt_number}/{before + 1}"
