"""What was: histories, field by field."""

from datetime import datetime

from fastapi import APIRouter, Response

from chassis.database.paging import Page, Paging
from chassis.http import etag
from chassis.http.auth import Reader
from chassis.http.openapi import problems
from chassis.journal.revisions import Revision, Revisions
from chassis.journal.views import RevisionView, history
from invoicing.api.dependencies import Deps
from invoicing.api.discount_policies import POLICY
from invoicing.api.families import FAMILY
from invoicing.api.invoice_changes import JSON, find_invoice
from invoicing.api.parameters import ClinicPath, FamilyPath, InvoicePath, PriceListPath
from invoicing.api.price_lists import PRICE_LIST
from invoicing.api.responses import CLINIC_UNKNOWN, a_page_of
from invoicing.api.schemas.examples import REVISION
from kernel.errors import BusinessError, NotFound

routes = APIRouter(tags=["revisions"])


@routes.get(
    "/invoices/{invoice_id}/revisions",
    summary="List an invoice's revisions",
    responses={**a_page_of(REVISION), **problems({404: ["invoice-unknown"]})},
)
async def invoice_revisions(invoice_id: InvoicePath, deps: Deps, caller: Reader, paging: Paging) -> Page[RevisionView]:
    """Every change of the invoice, the oldest first: what changed, who did it, when and why. For every role."""
    stored = await find_invoice(deps, caller, invoice_id)
    return await history(deps.store.revisions, invoice_id, stored.invoice.version, paging)


@routes.get(
    "/clinics/{clinic_id}/revisions",
    summary="List the revisions of a clinic's profile",
    responses={**a_page_of(REVISION), **problems({404: list(CLINIC_UNKNOWN)})},
)
async def clinic_revisions(clinic_id: ClinicPath, deps: Deps, caller: Reader, paging: Paging) -> Page[RevisionView]:
    """Every change of the profile, the oldest first: what changed, who did it, when and why. For every role."""
    caller.enter(clinic_id)
    clinic = await deps.store.clinics.get(clinic_id)
    subject = deps.store.clinics.subject(clinic_id)
    return await history(deps.store.revisions, subject, clinic.version, paging)


@routes.get(
    f"{PRICE_LIST}/revisions",
    summary="List a price list's revisions",
    responses={**a_page_of(REVISION), **problems({404: ["not-found", "price-list-unknown"]})},
)
async def price_list_revisions(
    clinic_id: ClinicPath, price_list_id: PriceListPath, deps: Deps, caller: Reader, paging: Paging
) -> Page[RevisionView]:
    """Every change of the list, the oldest first: what changed, who did it, when and why. For every role."""
    caller.enter(clinic_id)
    prices = await deps.store.price_lists.get(clinic_id, price_list_id)
    subject = deps.store.price_lists.subject(clinic_id, price_list_id)
    return await history(deps.store.revisions, subject, prices.version, paging)


@routes.get(
    f"{POLICY}/revisions",
    summary="List the revisions of a clinic's discount policy",
    responses={**a_page_of(REVISION), **problems({404: ["not-found", "discount-policy-unknown"]})},
)
async def policy_revisions(clinic_id: ClinicPath, deps: Deps, caller: Reader, paging: Paging) -> Page[RevisionView]:
    """Every change of the policy, the oldest first: what changed, who did it, when and why. For every role."""
    caller.enter(clinic_id)
    policy = await deps.store.discounts.policy(clinic_id)
    subject = deps.store.discounts.policy_subject(clinic_id)
    return await history(deps.store.revisions, subject, policy.version, paging)


@routes.get(
    f"{FAMILY}/revisions",
    summary="List a family's revisions",
    responses={**a_page_of(REVISION), **problems({404: ["not-found"]})},
)
async def family_revisions(
    clinic_id: ClinicPath, family_id: FamilyPath, deps: Deps, caller: Reader, paging: Paging
) -> Page[RevisionView]:
    """Every change of the family, the oldest first; none of one that was never put. For every role."""
    caller.enter(clinic_id)
    family = await deps.store.discounts.family(clinic_id, family_id)
    subject = deps.store.discounts.family_subject(clinic_id, family_id)
    return await history(deps.store.revisions, subject, family.version if family else 0, paging)


async def past_revision(
    journal: Revisions, subject: str, last: int, version: int | None, moment: datetime | None
) -> Revision:
    """The revision by number or by time. Raises NotFound, and BusinessError when both are asked for."""
    if version is not None and moment is not None:
        raise BusinessError("revision-or-time", "either a revision or a time", field="as_of")
    if moment is not None:
        found = await journal.as_of(subject, last, moment)
    else:
        number = version or 0
        found = next((revision for revision, _ in await journal.of(subject, range(number, number + 1))), None)
    if found is None:
        raise NotFound("revision-unknown", f"{subject} was not there yet, or has no such revision")
    return found


def revision_response(revision: Revision) -> Response:
    """The snapshot, byte for byte as it was published, with its version as ETag."""
    return Response(revision.snapshot, headers={"ETag": etag(revision.version)}, media_type=JSON)
