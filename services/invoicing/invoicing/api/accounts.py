"""What a patient owes."""

from fastapi import APIRouter, Response

from chassis.http.auth import Reader
from chassis.http.openapi import problems
from contracts.invoicing import AccountBalanceChanged
from invoicing.api.dependencies import Deps
from invoicing.api.invoice_changes import JSON
from invoicing.api.parameters import ClinicPath, PatientPath
from invoicing.api.responses import answers
from invoicing.api.schemas.examples import ACCOUNT
from invoicing.domain.receivables.account import account_id_of, as_of, balance
from invoicing.publishing import snapshot
from kernel.errors import NotFound

routes = APIRouter(tags=["accounts"])


@routes.get(
    "/clinics/{clinic_id}/patients/{patient_id}/balance",
    response_model=AccountBalanceChanged,
    summary="Read a patient's balance",
    responses={**answers(ACCOUNT), **problems({404: ["not-found", "patient-unknown"]})},
)
async def get_balance(clinic_id: ClinicPath, patient_id: PatientPath, deps: Deps, caller: Reader) -> Response:
    """What the patient owes the clinic, for each currency, with the open invoices, and what is overdue today.

    For every role. Days are the clinic's. A patient who has sessions, and of whom nothing was ever billed or paid, has
    an empty account; one of whom the clinic never heard has none.
    """
    caller.enter(clinic_id)
    account = await deps.store.accounts.get(account_id_of(clinic_id, patient_id))
    if account is None and not await deps.store.invoices.has_patient(clinic_id, patient_id):
        raise NotFound("patient-unknown", f"the clinic {clinic_id} has heard of no patient {patient_id}")
    now = deps.change(caller)
    day = await deps.store.clinics.day(clinic_id, now.at)
    known = account or balance(clinic_id, patient_id, 0, (), (), now, day)
    return Response(snapshot(as_of(known, day)), media_type=JSON)
