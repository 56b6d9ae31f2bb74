"""What a patient owes."""

from fastapi import APIRouter, Response

from chassis.auth import Reader
from contracts.invoicing import AccountBalanceChanged
from contracts.values import Id
from invoicing.api.desk import JSON, Desk
from invoicing.domain.account import account_id_of, balance
from invoicing.store import told_account


def accounts(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.get("/clinics/{clinic_id}/patients/{patient_id}/balance", response_model=AccountBalanceChanged)
    async def get_balance(clinic_id: Id, patient_id: Id, caller: Reader) -> Response:
        caller.enter(clinic_id)
        account = await desk.store.account(account_id_of(clinic_id, patient_id))
        nothing = balance(clinic_id, patient_id, 0, (), (), desk.change(caller))
        return Response(told_account(account or nothing), media_type=JSON)
