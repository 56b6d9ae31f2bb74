"""What a clinic closes its day with."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from payments.api.dependencies import Deps
from payments.api.examples.settlement import SETTLEMENT
from payments.api.parameters import ClinicPath
from payments.api.period import FIRST, LAST
from payments.api.responses import UNKNOWN, answers
from payments.api.schemas.settlement import SettlementView
from payments.usecases.settlement.settle_day import settlement

routes = APIRouter(tags=["settlement"])


@routes.get(
    "/clinics/{clinic_id}/reports/settlement",
    summary="Show a day's settlement",
    dependencies=[LONG],
    responses={**answers(SETTLEMENT), **UNKNOWN},
)
async def of_day(
    deps: Deps,
    clinic_id: ClinicPath,
    caller: Reader,
    on: Annotated[date, Query(alias="date", ge=FIRST, le=LAST, description="by the clinic's own calendar")],
) -> SettlementView:
    """By method and by person, with fees, refunds, disputes and receipts, beside Stripe's and the bank's view.

    For everybody who may see the clinic. A movement counts on the day on which it was written down, so the report of a
    day that is over never changes again. Where Stripe or the bank says otherwise, each difference comes with its line
    and its reason; `explained` says that nobody has to look into it. Where Stripe does not answer, its part is null.
    """
    caller.enter(clinic_id)
    return SettlementView.of(await settlement(deps.ledger, deps.gateway, clinic_id, on))
