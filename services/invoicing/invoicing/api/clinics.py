"""Profiles of clinics."""

from dataclasses import asdict

from fastapi import APIRouter, Response

from chassis.http import OptionalIfMatch
from chassis.http.auth import BillingManager, Reader
from chassis.http.openapi import problems
from invoicing.api.configuration import put_configuration, reprice, with_etag
from invoicing.api.dependencies import Deps
from invoicing.api.parameters import ClinicPath
from invoicing.api.responses import CLINIC_UNKNOWN
from invoicing.api.schemas.clinics import ClinicBody, ClinicView
from invoicing.usecases.clinics.configure import put_clinic

CLINIC = "/clinics/{clinic_id}"
routes = APIRouter(tags=["clinics"])


@routes.put(
    CLINIC,
    summary="Configure a clinic",
    responses=problems({404: ["not-found"], 409: ["changed-meanwhile"], 422: ["number-format"]}),
)
async def put_profile(
    clinic_id: ClinicPath,
    body: ClinicBody,
    deps: Deps,
    caller: BillingManager,
    version: OptionalIfMatch,
    response: Response,
) -> ClinicView:
    """Stores the clinic's profile, whole, as the next version; the first PUT creates it.

    For billing managers. Drafts that waited for the profile are priced at once. Invoices that are final keep the
    seller that they were issued with. A number format that the other series had before is refused, so that no invoice
    and no credit note ever share a number. With `If-Match`, nobody's change in between is overwritten (`"0"`: nobody
    put one yet).
    """
    caller.enter(clinic_id)
    clinic, change = body.clinic(clinic_id), deps.change(caller, body.reason)
    stored = await put_configuration(deps, response, version, lambda unit: put_clinic(unit, deps.store, clinic, change))
    await reprice(deps, caller, clinic_id)
    return ClinicView.model_validate(asdict(stored))


@routes.get(CLINIC, summary="Read a clinic's profile", responses=problems({404: list(CLINIC_UNKNOWN)}))
async def get_profile(clinic_id: ClinicPath, deps: Deps, caller: Reader, response: Response) -> ClinicView:
    """The profile as it is now; its ETag is the version to name in `If-Match`. For every role."""
    caller.enter(clinic_id)
    return ClinicView.model_validate(asdict(with_etag(response, await deps.store.clinics.get(clinic_id))))
