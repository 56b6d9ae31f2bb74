"""Discount policies of clinics."""

from fastapi import APIRouter, Response

from chassis.http import OptionalIfMatch
from chassis.http.auth import BillingManager, Reader
from chassis.http.openapi import problems
from invoicing.api.configuration import put_configuration, with_etag
from invoicing.api.dependencies import Deps
from invoicing.api.parameters import ClinicPath
from invoicing.api.responses import CLINIC_UNKNOWN
from invoicing.api.schemas.discount_policies import DiscountPolicyBody, DiscountPolicyView
from invoicing.usecases.clinics.configure import put_policy

POLICY = "/clinics/{clinic_id}/discount-policy"
routes = APIRouter(tags=["discount policies"])


@routes.put(
    POLICY,
    summary="Put a clinic's discount policy",
    responses=problems(
        {
            404: list(CLINIC_UNKNOWN),
            409: ["changed-meanwhile"],
            422: ["discount-twice", "discount-contradicts", "limit-twice"],
        }
    ),
)
async def put_discounts(
    clinic_id: ClinicPath,
    body: DiscountPolicyBody,
    deps: Deps,
    caller: BillingManager,
    version: OptionalIfMatch,
    response: Response,
) -> DiscountPolicyView:
    """Stores the policy, whole, as the next version; the first PUT creates it.

    For billing managers. The clinic has to have a profile. Drafts that are there are not changed; each is priced by
    the new policy when it changes the next time. Of a line all discounts that stack count, or the best one that does
    not, whichever is more.
    """
    caller.enter(clinic_id)
    await deps.store.clinics.get(clinic_id)
    policy, change = body.policy(clinic_id), deps.change(caller, body.reason)
    stored = await put_configuration(deps, response, version, lambda unit: put_policy(unit, deps.store, policy, change))
    return DiscountPolicyView.of(stored)


@routes.get(
    POLICY,
    summary="Read a clinic's discount policy",
    responses=problems({404: ["not-found", "discount-policy-unknown"]}),
)
async def get_discounts(clinic_id: ClinicPath, deps: Deps, caller: Reader, response: Response) -> DiscountPolicyView:
    """The policy as it is now; its ETag is the version to name in `If-Match`. For every role."""
    caller.enter(clinic_id)
    return DiscountPolicyView.of(with_etag(response, await deps.store.discounts.policy(clinic_id)))
