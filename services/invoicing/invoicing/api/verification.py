"""Is the clinic's history whole?"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.auth import Reader
from chassis.verification import EVER
from contracts.values import Id
from invoicing.api.desk import Desk
from invoicing.bodies_proof import VerificationView


def verification(routes: APIRouter, desk: Desk) -> None:
    """Adds the route."""

    @routes.get("/clinics/{clinic_id}/revisions/verification")
    async def verify(
        clinic_id: Id,
        caller: Reader,
        first: Annotated[date, Query(alias="from", ge=EVER[0], description="first day, of UTC")] = EVER[0],
        last: Annotated[date, Query(alias="to", le=EVER[1], description="last day, of UTC")] = EVER[1],
    ) -> VerificationView:
        caller.enter(clinic_id)
        return VerificationView.of(await desk.store.verifier.verify(clinic_id, first, last))
