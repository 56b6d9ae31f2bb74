"""Gets the electronic invoice of an invoice or a credit note, made of its snapshot: the one in its PDF, or another."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from contracts.invoicing import CreditNoteIssued, Invoice
from documents.domain.documents.e_invoice import Profile, Syntax
from documents.store import Store
from documents.usecases.documents.invoice_source import number_of, original_number
from kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class Xml:
    """`tag` is equal as long as the bytes are."""

    number: str
    content: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class FetchEInvoice:
    """Both raise Conflict where the standard has no valid document for it."""

    make_invoice: Callable[[Invoice, str | None, Profile, Syntax], bytes]
    make_credit_note: Callable[[CreditNoteIssued, Profile, Syntax], bytes]

    async def invoice(self, store: Store, invoice: Invoice, profile: Profile, syntax: Syntax) -> Xml:
        """Raises Conflict for a draft, and for one that is void, too."""
        number = number_of(invoice)
        if invoice.status == "void":
            raise Conflict("invoice-void", f"{invoice.invoice_id} is void: it has no electronic invoice")
        supplements = await original_number(store, invoice)
        return _xml(number, await asyncio.to_thread(self.make_invoice, invoice, supplements, profile, syntax))

    async def credit_note(self, note: CreditNoteIssued, profile: Profile, syntax: Syntax) -> Xml:
        return _xml(note.number, await asyncio.to_thread(self.make_credit_note, note, profile, syntax))


def _xml(number: str, content: bytes) -> Xml:
    return Xml(number, content, hashlib.sha256(content).hexdigest())
