"""Gets the electronic invoice of an invoice, made of its snapshot: the one that is in its PDF, or another."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from contracts.invoicing import Invoice
from documents.domain.documents.e_invoice import Profile, Syntax
from documents.usecases.documents.invoice_source import number_of
from kernel.errors import Conflict

MakeXml = Callable[[Invoice, Profile, Syntax], bytes]
"""Raises Conflict where the standard has no valid document for it."""


@dataclass(frozen=True, slots=True)
class InvoiceXml:
    """`tag` is equal as long as the bytes are."""

    number: str
    content: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class FetchEInvoice:
    """Raises Conflict for a draft, for one that is void, and as `make` does."""

    make: MakeXml

    async def __call__(self, invoice: Invoice, profile: Profile, syntax: Syntax) -> InvoiceXml:
        number = number_of(invoice)
        if invoice.status == "void":
            raise Conflict("invoice-void", f"{invoice.invoice_id} is void: it has no electronic invoice")
        content = await asyncio.to_thread(self.make, invoice, profile, syntax)
        return InvoiceXml(number, content, hashlib.sha256(content).hexdigest())
