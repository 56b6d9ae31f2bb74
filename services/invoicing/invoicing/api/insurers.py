"""What each insurer owes a clinic."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from chassis.database.paging import Paging
from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from contracts.values import Id
from invoicing.api.dependencies import Dependencies, Deps
from invoicing.api.parameters import ClinicPath
from invoicing.api.schemas.insurers import InsurerAccount, InsurersPage, InsurerTotalView
from invoicing.domain.receivables.account import as_of as account_as_of
from invoicing.domain.receivables.insurers import InsurerTotals, credits_of_insurers, owed_by_insurers
from invoicing.store.accounts import BY_ID, account_of

routes = APIRouter(tags=["reports"])


@routes.get(
    "/clinics/{clinic_id}/reports/insurers",
    summary="Report what each insurer owes",
    dependencies=[LONG],
    responses=problems({404: ["not-found"]}),
)
async def insurers(
    clinic_id: ClinicPath,
    deps: Deps,
    caller: Reader,
    paging: Paging,
    payer_id: Annotated[Id | None, Query(description="only this insurer; all of them if left out")] = None,
    as_of: Annotated[date | None, Query(description="overdue on this day; if left out, today at the clinic")] = None,
) -> InsurersPage:
    """What insurers owe now, with their invoices: a page of accounts, and on the first page each insurer's totals.

    For every role. An insurer's credit is what is left of their payments: it pays no patient's part, and goes back to
    them.
    """
    caller.enter(clinic_id)
    day = as_of or await deps.store.clinics.day(clinic_id, deps.clock())
    rows = await deps.store.accounts.insured(clinic_id, payer_id, paging)

    def item(row: Mapping[str, Any]) -> InsurerAccount:
        account = account_as_of(account_of(row), day)
        return InsurerAccount.model_validate(
            {
                "account_id": account.account_id,
                "patient_id": account.patient_id,
                "invoices": owed_by_insurers(account, payer_id),
                "credits": credits_of_insurers(account, payer_id),
            },
            from_attributes=True,
        )

    page = BY_ID.page(rows, paging, item)
    totals = await _totals(deps, clinic_id, payer_id, day) if paging.cursor is None else None
    return InsurersPage(items=page.items, next_cursor=page.next_cursor, clinic_id=clinic_id, as_of=day, totals=totals)


async def _totals(deps: Dependencies, clinic_id: str, payer_id: str | None, day: date) -> list[InsurerTotalView]:
    totals = InsurerTotals(day, payer_id)
    async for account in deps.store.accounts.all_insured(clinic_id, payer_id):
        totals.add(account)
    return [InsurerTotalView.of(total) for total in totals.result()]
