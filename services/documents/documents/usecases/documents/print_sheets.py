"""Prints what somebody asks for, of what is so now: it is not kept, and nobody else is told."""

import hashlib
from dataclasses import dataclass

from chassis.job_worker import Unavailable
from documents.facts import clinic_of
from documents.store import Store
from documents.usecases.documents.fetch_document import NotRenderedYet, Pdf
from documents.usecases.documents.sources import Sheets
from documents.usecases.looks.look_of import look_of
from documents.usecases.ports import Renderer, RenderFailed
from kernel.errors import BusinessError


@dataclass(frozen=True, slots=True)
class PrintSheets:
    """Raises NotRenderedYet while nothing can render, and BusinessError 500 where this cannot be rendered."""

    store: Store
    renderer: Renderer

    async def __call__(self, sheets: Sheets) -> Pdf:
        try:
            look = await look_of(self.store, clinic_of(sheets.facts))
            pdf = await self.renderer.render(sheets.kind, sheets.facts, look)
        except RenderFailed as failure:
            message = f"the {sheets.kind.replace('_', ' ')} could not be rendered: {failure.reason}"
            raise BusinessError("rendering-failed", message, status=500) from None
        except Unavailable:
            raise NotRenderedYet from None
        return Pdf(sheets.number, pdf.content, hashlib.sha256(pdf.content).hexdigest())
