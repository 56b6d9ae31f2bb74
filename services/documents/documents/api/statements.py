"""Statements of account, printed for who asks."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from documents.api.dependencies import Deps
from documents.api.documents import pdf_answer, pdf_responses
from documents.api.files import IfNoneMatch
from kernel.errors import BusinessError

PatientId = Annotated[str, StringConstraints(max_length=128, pattern=r"^[\x21-\x7e]+$")]
routes = APIRouter(tags=["documents"])


@routes.get(
    "/patients/{patient_id}/statement.pdf",
    response_class=Response,
    summary="Get a patient's statement of account",
    dependencies=[LONG],
    responses=pdf_responses({422: ["clinic-missing"]}),
)
async def get_statement_pdf(
    patient_id: Annotated[PatientId, Path(description="the patient, as the clinical system names them")],
    caller: Reader,
    deps: Deps,
    clinic_id: Annotated[
        str | None, Query(max_length=128, description="the clinic; not needed by who sees one only")
    ] = None,
    family: Annotated[
        list[PatientId], Query(max_length=20, description="patients whose accounts are stated with theirs, one each")
    ] = [],  # noqa: B006
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What was owed and paid, with the balance after each, what is open and how old that is, and unused credit.

    The patient's own part, as of today at the clinic; what insurers owe stands beside it. With `family` one statement
    of several, each entry with whose it is, addressed to the patient. What was published before is waited for, two
    seconds at most. It is not kept.
    """
    clinics = caller.visible_clinics()
    chosen = clinic_id or (clinics[0] if clinics and len(clinics) == 1 else None)
    if chosen is None:
        raise BusinessError("clinic-missing", "clinic_id says of which clinic the statement is", status=422)
    caller.enter(chosen)
    sheets = await deps.account(chosen, patient_id, family)
    return pdf_answer(await deps.printed(sheets), if_none_match)
