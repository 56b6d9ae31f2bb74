"""What a clinic closes its day with."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.http.auth import Reader
from contracts.values import Id
from payments.api.desk import Desk
from payments.api.schemas.settlement import SettlementView
from payments.usecases.settlement.settle_day import settlement

FIRST, LAST = date(2000, 1, 1), date(9998, 12, 31)


def reports(routes: APIRouter, desk: Desk) -> None:
    """Adds the route."""

    @routes.get("/clinics/{clinic_id}/reports/settlement")
    async def of_day(
        clinic_id: Id,
        caller: Reader,
        on: Annotated[date, Query(alias="date", ge=FIRST, le=LAST, description="by the clinic's own calendar")],
    ) -> SettlementView:
        """By method and by person, with fees, refunds, disputes and receipts, beside Stripe's and the bank's view."""
        caller.enter(clinic_id)
        return SettlementView.of(await settlement(desk.ledger, desk.gateway, clinic_id, on))
