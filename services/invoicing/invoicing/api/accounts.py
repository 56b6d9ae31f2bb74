"""What a patient owes."""

from fastapi import APIRouter, Response

from chassis.http.auth import Reader
from contracts.invoicing import AccountBalanceChanged
from contracts.values import Id
from invoicing.api.desk import JSON, Desk
from invoicing.domain.receivables.account import account_id_of, as_of, balance
from invoicing.publishing import snapshot


def accounts(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.get("/clinics/{clinic_id}/patients/{patient_id}/balance", response_model=AccountBalanceChanged)
    async def get_balance(clinic_id: Id, patient_id: Id, caller: Reader) -> Response:
        """With what is overdue today, in the clinic's time zone."""
        caller.enter(clinic_id)
        account = await desk.store.accounts.get(account_id_of(clinic_id, patient_id))
        now = desk.change(caller)
        day = await desk.store.clinics.day(clinic_id, now.at)
        known = account or balance(clinic_id, patient_id, 0, (), (), now, day)
        return Response(snapshot(as_of(known, day)), media_type=JSON)
