"""Gets the files of a delivery: what is kept as it was issued, what is printed for it as of when it was ordered."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from chassis.job_worker import JobFailed, JobWaits
from contracts.invoicing import Invoice
from documents.domain.deliveries.delivery import Delivery, Enclosure
from documents.store import Store
from documents.usecases.documents.fetch_document import NotRenderedYet
from documents.usecases.documents.invoice_sheets import reminder_sheets, submission_sheets
from documents.usecases.documents.print_sheets import PrintSheets
from documents.usecases.documents.sources import Sheets
from documents.usecases.documents.statement_source import statement_sheets
from documents.usecases.ports import FileStore
from kernel.clock import Clock, utc_now
from kernel.errors import BusinessError

FIRST_LOOK, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class GatherFiles:
    """Raises JobFailed, and JobWaits while a document is being rendered."""

    store: Store
    files: FileStore
    sheets: PrintSheets
    clock: Clock = utc_now

    async def __call__(self, delivery: Delivery, invoice: Invoice) -> tuple[Enclosure, ...]:
        """Each with its file; one that has it already, from an attempt of before, is as it was."""
        return tuple([await self._gathered(each, delivery, invoice) for each in delivery.documents])

    async def contents(self, enclosures: Sequence[Enclosure]) -> list[bytes]:
        """Their bytes. Raises JobFailed when one is gone."""
        found = [await self.files.read(each.file or "") for each in enclosures]
        if any(content is None for content in found):
            raise JobFailed("file-missing")
        return [content for content in found if content is not None]

    async def _gathered(self, each: Enclosure, delivery: Delivery, invoice: Invoice) -> Enclosure:
        if each.file is not None:
            return each
        if each.document_id is None:
            return await self._printed(each, delivery, invoice)
        document = await self.store.documents.find(each.document_id)
        if document is None:
            raise JobWaits(pause_before_next_look(self.clock() - delivery.requested_at))
        if document.file is None:
            raise JobFailed("document-failed", final=True)
        return replace(each, file=document.file.sha256, version=document.version)

    async def _printed(self, each: Enclosure, delivery: Delivery, invoice: Invoice) -> Enclosure:
        try:
            pdf = await self.sheets(await self._sheets(each, delivery, invoice))
        except NotRenderedYet:
            raise JobWaits(pause_before_next_look(self.clock() - delivery.requested_at)) from None
        except BusinessError as refusal:
            raise JobFailed(refusal.code, final=True) from None
        sha256 = hashlib.sha256(pdf.content).hexdigest()
        await self.files.keep(sha256, pdf.content)
        return replace(each, file=sha256, version=invoice.version, number=pdf.number)

    async def _sheets(self, each: Enclosure, delivery: Delivery, invoice: Invoice) -> Sheets:
        match each.kind:
            case "submission":
                return submission_sheets(invoice, delivery.payer_id)
            case "statement":
                at = delivery.requested_at
                return await statement_sheets(self.store, invoice.clinic_id, invoice.patient_id, at)
            case "reminder":
                return await reminder_sheets(self.store, invoice, delivery.step, self.clock())
            case "invoice" | "credit_note" | "receipt":
                raise JobFailed("document-missing", final=True)


def pause_before_next_look(waited: timedelta) -> timedelta:
    """A quarter of what it has waited: thousands of mails whose documents are queued must not keep asking for them."""
    return min(max(waited / 4, FIRST_LOOK), LONGEST_PAUSE)
