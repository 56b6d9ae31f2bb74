"""Reports on a clinic's books."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from chassis.database.paging import Paging
from chassis.http.auth import Reader
from contracts.values import Id
from invoicing.api.desk import Desk
from invoicing.api.schemas.reports import AgedAccount, AgedView, ReceivablesPage
from invoicing.domain.receivables.ageing import Aged, Ageing, aged
from invoicing.store.accounts import BY_ID, account_of


def reports(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.get("/clinics/{clinic_id}/reports/receivables")
    async def receivables(
        clinic_id: Id, caller: Reader, paging: Paging, as_of: Annotated[date | None, Query()] = None
    ) -> ReceivablesPage:
        """What is open now, by its age on `as_of` (today at the clinic): paged by account, summed on the first page."""
        caller.enter(clinic_id)
        day = as_of or await desk.store.clinics.day(clinic_id, desk.clock())
        rows = await desk.store.accounts.owing(clinic_id, paging)

        def item(row: Mapping[str, Any]) -> AgedAccount:
            account = account_of(row)
            shown = _views(aged(account.open_invoices, day))
            return AgedAccount(account_id=account.account_id, patient_id=account.patient_id, receivables=shown)

        page = BY_ID.page(rows, paging, item)
        totals = await _totals(desk, clinic_id, day) if paging.cursor is None else None
        return ReceivablesPage(
            items=page.items, next_cursor=page.next_cursor, clinic_id=clinic_id, as_of=day, totals=totals
        )


async def _totals(desk: Desk, clinic_id: str, day: date) -> list[AgedView]:
    ageing = Ageing(day)
    async for open_invoices in desk.store.accounts.all_open(clinic_id):
        ageing.add(open_invoices)
    return _views(ageing.result())


def _views(sums: tuple[Aged, ...]) -> list[AgedView]:
    return [AgedView.model_validate(one) for one in sums]
