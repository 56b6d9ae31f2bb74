"""Cash beside the registers, and what they brought to the bank beside the statements."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.http.auth import Overseer
from chassis.http.deadline import LONG
from payments.api.dependencies import Deps
from payments.api.examples.registers import AGREEMENT, DEPOSITS
from payments.api.parameters import ClinicPath
from payments.api.period import FIRST, LAST, Days
from payments.api.responses import UNKNOWN, answers
from payments.api.schemas.registers import AgreementView, DepositsView
from payments.usecases.registers.compare_registers import compare_deposits, compare_registers

routes = APIRouter(tags=["registers"])


@routes.get(
    "/clinics/{clinic_id}/reports/registers",
    summary="Compare a day's cash with the registers",
    dependencies=[LONG],
    responses={**answers(AGREEMENT), **UNKNOWN},
)
async def of_day(
    deps: Deps,
    clinic_id: ClinicPath,
    caller: Overseer,
    on: Annotated[date, Query(alias="date", ge=FIRST, le=LAST, description="by the clinic's own calendar")],
) -> AgreementView:
    """What was paid and given back in cash on the day, beside what the registers say of it, receipt by receipt.

    Both ways: each payment or refund that a side does not have, or has with another amount, is a line with its reason.
    What waits at a register for its next day is `not-in-the-register` until then.
    """
    caller.enter(clinic_id)
    return AgreementView.of(await compare_registers(deps.ledger, clinic_id, on))


@routes.get(
    "/clinics/{clinic_id}/reports/cash-deposits",
    summary="Compare cash brought to the bank with its statements",
    dependencies=[LONG],
    responses={**answers(DEPOSITS), **UNKNOWN},
)
async def deposits(deps: Deps, clinic_id: ClinicPath, caller: Overseer, days: Days) -> DepositsView:
    """Each deposit of the registers' days, with the bank's credit that it became, and credits of no known deposit.

    One that no statement has is `awaited` for ten days, and then `missing`.
    """
    caller.enter(clinic_id)
    return DepositsView.of(clinic_id, await compare_deposits(deps.ledger, clinic_id, days.first, days.last))
