"""What the routes work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.http.auth import Principal
from chassis.http.idempotency import Idempotency
from contracts.invoicing import Invoice
from documents.store import Store
from documents.usecases.documents.fetch_document import FetchDocument
from documents.usecases.jobs import DocumentJobs
from kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Dependencies:
    store: Store
    jobs: DocumentJobs
    fetch: FetchDocument
    idempotency: Idempotency

    async def invoice(self, invoice_id: str, caller: Principal) -> Invoice:
        """Raises NotFound for one that is not there, or not for this caller."""
        invoice = await self.store.invoices.find(invoice_id)
        if invoice is None:
            raise NotFound("not-found", "there is no such thing here")
        caller.enter(invoice.clinic_id)
        return invoice


def dependencies(request: Request) -> Dependencies:
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
