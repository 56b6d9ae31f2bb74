"""Finds an invoice, and tells what is so from what was not heard yet.

Invoicing publishes after it has answered, and its events take a while. So a caller who has just finalized an invoice
may be ahead of our copy. Who says which version they read is answered by that one or a newer one. Of anybody else a
draft, or an invoice that is not there, is believed when it is still so after `wait_s`, with all heard that was
published.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from contracts.invoicing import Invoice
from documents.store import Store
from kernel.errors import NotFound

POLL_S = 0.1


class NotHeardYet(Exception):
    """What invoicing said of it is still on its way."""


@dataclass(frozen=True, slots=True)
class FindInvoice:
    """`heard_all` tells whether all that was published by now has been heard. Raises NotFound and NotHeardYet."""

    store: Store
    heard_all: Callable[[], Awaitable[bool]]
    wait_s: float

    async def __call__(self, invoice_id: str, sees: Callable[[str], bool], version: int | None = None) -> Invoice:
        """`version` is what the caller read of it. One of a clinic that they do not see takes as long as none."""
        invoice = await self._awaited(invoice_id, sees, version)
        if not _is_enough(invoice, version) and (version is not None or not await self.heard_all()):
            raise NotHeardYet
        if invoice is None:
            raise NotFound("not-found", "there is no such thing here")
        return invoice

    async def _awaited(self, invoice_id: str, sees: Callable[[str], bool], version: int | None) -> Invoice | None:
        """The copy once it is enough, or what there is at the end of our patience."""
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self.wait_s
        while True:
            found = await self.store.invoices.find(invoice_id)
            invoice = found if found is not None and sees(found.clinic_id) else None
            if _is_enough(invoice, version) or clock() >= ends_at:
                return invoice
            await asyncio.sleep(POLL_S)


def _is_enough(invoice: Invoice | None, version: int | None) -> bool:
    """A draft is what may be something else by now; what is issued, or void, never becomes a draft again."""
    if invoice is None:
        return False
    return invoice.status != "draft" if version is None else invoice.version >= version
