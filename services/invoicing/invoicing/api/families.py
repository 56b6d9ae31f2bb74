"""Patients of a clinic who count as a family."""

from fastapi import APIRouter, Response

from chassis.database.paging import Page, Paging
from chassis.http import OptionalIfMatch
from chassis.http.auth import FrontDesk, Reader
from chassis.http.openapi import problems
from invoicing.api.configuration import put_configuration, with_etag
from invoicing.api.dependencies import Deps
from invoicing.api.parameters import ClinicPath, FamilyPath, PatientQuery
from invoicing.api.responses import CLINIC_UNKNOWN, a_page_of
from invoicing.api.schemas.families import FAMILY_EXAMPLE, FamilyBody, FamilyView
from invoicing.store.discounts import BY_ID
from invoicing.usecases.clinics.configure import put_family
from kernel.errors import NotFound

FAMILIES = "/clinics/{clinic_id}/families"
FAMILY = f"{FAMILIES}/{{family_id}}"
routes = APIRouter(tags=["families"])


@routes.get(
    FAMILIES,
    summary="List a clinic's families",
    responses={**a_page_of(FAMILY_EXAMPLE), **problems({404: ["not-found"]})},
)
async def list_families(
    clinic_id: ClinicPath, deps: Deps, caller: Reader, paging: Paging, patient_id: PatientQuery = None
) -> Page[FamilyView]:
    """All families by id, or the one that the patient belongs to. For every role."""
    caller.enter(clinic_id)
    discounts = deps.store.discounts
    rows = await discounts.page(clinic_id, patient_id, paging)
    return BY_ID.page(rows, paging, lambda row: FamilyView.of(discounts.family_of(row)))


@routes.put(
    FAMILY,
    summary="Put a family's members",
    responses=problems({404: list(CLINIC_UNKNOWN), 409: ["changed-meanwhile"], 422: ["family-taken"]}),
)
async def put_members(
    clinic_id: ClinicPath,
    family_id: FamilyPath,
    body: FamilyBody,
    deps: Deps,
    caller: FrontDesk,
    version: OptionalIfMatch,
    response: Response,
) -> FamilyView:
    """Stores the family, whole, as the next version; the first PUT creates it, an empty list dissolves it.

    For the front desk. The clinic has to have a profile. A patient belongs to one family at most. Drafts get the
    family's discounts when they change the next time.
    """
    caller.enter(clinic_id)
    await deps.store.clinics.get(clinic_id)
    family, change = body.family(clinic_id, family_id), deps.change(caller, body.reason)
    stored = await put_configuration(deps, response, version, lambda unit: put_family(unit, deps.store, family, change))
    return FamilyView.of(stored)


@routes.get(FAMILY, summary="Read a family", responses=problems({404: ["not-found", "family-unknown"]}))
async def get_members(
    clinic_id: ClinicPath, family_id: FamilyPath, deps: Deps, caller: Reader, response: Response
) -> FamilyView:
    """The family as it is now; its ETag is the version to name in `If-Match`. For every role."""
    caller.enter(clinic_id)
    family = await deps.store.discounts.family(clinic_id, family_id)
    if family is None:
        raise NotFound("family-unknown", f"the clinic has no family {family_id}")
    return FamilyView.of(with_etag(response, family))
