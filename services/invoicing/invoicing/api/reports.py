"""What is open at a clinic, by its age."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from chassis.database.paging import Paging
from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from invoicing.api.dependencies import Dependencies, Deps
from invoicing.api.parameters import ClinicPath
from invoicing.api.schemas.reports import AgedAccount, AgedView, ReceivablesPage
from invoicing.domain.receivables.ageing import Aged, Ageing, aged
from invoicing.store.accounts import BY_ID, account_of

routes = APIRouter(tags=["reports"])


@routes.get(
    "/clinics/{clinic_id}/reports/receivables",
    summary="Report what is open, by age",
    dependencies=[LONG],
    responses=problems({404: ["not-found"]}),
)
async def receivables(
    clinic_id: ClinicPath,
    deps: Deps,
    caller: Reader,
    paging: Paging,
    as_of: Annotated[date | None, Query(description="count ages to this day; if left out, today at the clinic")] = None,
) -> ReceivablesPage:
    """What is open now, by the days since it was due: a page of accounts, and on the first page the clinic's totals.

    For every role. Each instalment counts by its own day; what has no due date is `current`.
    """
    caller.enter(clinic_id)
    day = as_of or await deps.store.clinics.day(clinic_id, deps.clock())
    rows = await deps.store.accounts.owing(clinic_id, paging)

    def item(row: Mapping[str, Any]) -> AgedAccount:
        account = account_of(row)
        open_by_age = _views(aged(account.open_invoices, day))
        return AgedAccount(account_id=account.account_id, patient_id=account.patient_id, receivables=open_by_age)

    page = BY_ID.page(rows, paging, item)
    totals = await _totals(deps, clinic_id, day) if paging.cursor is None else None
    return ReceivablesPage(
        items=page.items, next_cursor=page.next_cursor, clinic_id=clinic_id, as_of=day, totals=totals
    )


async def _totals(deps: Dependencies, clinic_id: str, day: date) -> list[AgedView]:
    ageing = Ageing(day)
    async for open_invoices in deps.store.accounts.all_open(clinic_id):
        ageing.add(open_invoices)
    return _views(ageing.result())


def _views(sums: tuple[Aged, ...]) -> list[AgedView]:
    return [AgedView.model_validate(by_currency) for by_currency in sums]
