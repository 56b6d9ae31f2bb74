"""Gets the electronic invoice of an invoice or a credit note: the one in its PDF as it was kept, or another."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from contracts.invoicing import CreditNoteIssued, Invoice
from documents.domain.documents.document import Source
from documents.domain.documents.e_invoice import Profile, Syntax
from documents.store import Store
from documents.usecases.documents.credit_note_source import source_of_credit_note
from documents.usecases.documents.invoice_source import number_of, original_number, source_of
from documents.usecases.ports import FileStore
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

    store: Store
    files: FileStore
    make_invoice: Callable[[Invoice, str | None, Profile, Syntax], bytes]
    make_credit_note: Callable[[CreditNoteIssued, Profile, Syntax], bytes]

    async def invoice(self, invoice: Invoice, profile: Profile, syntax: Syntax) -> Xml:
        """Raises Conflict for a draft, and for one that is void, too."""
        number = number_of(invoice)
        if invoice.status == "void":
            raise Conflict("invoice-void", f"{invoice.invoice_id} is void: it has no electronic invoice")
        supplements = await original_number(self.store, invoice)
        make = partial(self.make_invoice, invoice, supplements, profile, syntax)
        return await self._xml(number, source_of(invoice), make, is_in_pdf=_is_in_pdf(profile, syntax))

    async def credit_note(self, note: CreditNoteIssued, profile: Profile, syntax: Syntax) -> Xml:
        make = partial(self.make_credit_note, note, profile, syntax)
        return await self._xml(note.number, source_of_credit_note(note), make, is_in_pdf=_is_in_pdf(profile, syntax))

    async def _xml(self, number: str, source: Source, make: Callable[[], bytes], *, is_in_pdf: bool) -> Xml:
        content = await self._kept(source) if is_in_pdf else None
        if content is None:
            content = await asyncio.to_thread(make)
        return Xml(number, content, hashlib.sha256(content).hexdigest())

    async def _kept(self, source: Source) -> bytes | None:
        """What is in the PDF of this content; None while it is being rendered, and for what was rendered without."""
        document = await self.store.documents.find(source.document_id)
        if document is None or document.file is None or not document.shows(source):
            return None
        return await self.files.read(document.file.e_invoice) if document.file.e_invoice else None


def _is_in_pdf(profile: Profile, syntax: Syntax) -> bool:
    return (profile, syntax) == ("en16931", "cii")
