"""What the routes work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.http.auth import Principal
from chassis.http.idempotency import Idempotency
from chassis.http.problems import HttpProblem
from contracts.invoicing import Invoice
from documents.store import Store
from documents.usecases.documents.fetch_document import FetchDocument
from documents.usecases.documents.fetch_e_invoice import FetchEInvoice
from documents.usecases.documents.find_invoice import FindInvoice, NotHeardYet
from documents.usecases.jobs import DocumentJobs

RETRY_SOON_S = 1


@dataclass(frozen=True, slots=True)
class Dependencies:
    store: Store
    jobs: DocumentJobs
    find: FindInvoice
    fetch: FetchDocument
    e_invoice: FetchEInvoice
    idempotency: Idempotency

    async def invoice(self, invoice_id: str, caller: Principal, version: int | None) -> Invoice:
        """The invoice at the version that the caller read, or a newer one.

        Raises NotFound for one that is not there, or not for this caller; HttpProblem 503 while what invoicing said of
        it is on its way.
        """
        try:
            return await self.find(invoice_id, caller.sees, version)
        except NotHeardYet:
            raise HttpProblem(
                503,
                "not-heard-yet",
                "what invoicing said of it last has not arrived here yet",
                headers={"Retry-After": str(RETRY_SOON_S)},
            ) from None


def dependencies(request: Request) -> Dependencies:
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
