"""Patients, found by what somebody at the desk knows of them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.database.paging import Page, Paging
from chassis.http.auth import Reader
from chassis.http.openapi import problems
from contracts.values import Id
from invoicing.api.dependencies import Deps
from invoicing.api.responses import a_page_of
from invoicing.api.schemas.patients import PATIENT_EXAMPLE, PatientView
from invoicing.domain.patients.patient import Patient
from invoicing.domain.receivables.account import Account, AccountKey
from invoicing.store.patients import BY_PATIENT, patient_of
from invoicing.usecases.patients.find_patients import find_patients

routes = APIRouter(tags=["patients"])


@routes.get(
    "/patients",
    summary="Find patients",
    responses={**a_page_of(PATIENT_EXAMPLE), **problems({404: ["not-found"], 422: ["nothing-to-find"]})},
)
async def search_patients(
    clinic_id: Annotated[Id, Query(description="the clinic", examples=["clinic-berlin"])],
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=100,
            description="parts of the name, in any order, without regard to case and diacritics; a birth date, "
            "as 1984-02-29 or 29.2.1984; the patient's id, whole",
            examples=["ost luc"],
        ),
    ],
    deps: Deps,
    caller: Reader,
    paging: Paging,
) -> Page[PatientView]:
    """The clinic's patients whom all of `q` fits, by id, with what is open on their accounts. For every role.

    Three letters are found anywhere in a word of the name. Fewer begin one, but in scripts without case, where they are
    found anywhere too. Names are as the session says them that was completed last.
    """
    caller.enter(clinic_id)
    rows, accounts = await find_patients(deps.store, clinic_id, q, paging)
    return BY_PATIENT.page(rows, paging, lambda row: _view(patient_of(row), accounts))


def _view(patient: Patient, accounts: Mapping[AccountKey, Account]) -> PatientView:
    return PatientView.of(patient, accounts.get((patient.clinic_id, patient.patient_id)))
