"""Price lists of clinics."""

from fastapi import APIRouter, Response

from chassis.database.paging import Page, Paging
from chassis.http import OptionalIfMatch
from chassis.http.auth import BillingManager, Principal, Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from invoicing.api.configuration import put_configuration, reprice, with_etag
from invoicing.api.dependencies import Dependencies, Deps
from invoicing.api.parameters import ClinicPath, PriceListPath
from invoicing.api.responses import CLINIC_UNKNOWN, a_page_of
from invoicing.api.schemas.price_lists import LISTED_EXAMPLE, ListedView, PriceListBody, PriceListView
from invoicing.domain.pricing.price_list import PriceList
from invoicing.store.pricing import BY_ID
from invoicing.usecases.clinics.configure import put_price_list

PRICE_LISTS = "/clinics/{clinic_id}/price-lists"
PRICE_LIST = f"{PRICE_LISTS}/{{price_list_id}}"
CONTRADICTIONS = (
    "price-list-scope",
    "price-list-scope-taken",
    "price-list-period",
    "price-list-overlap",
    "price-list-twice",
    "tax-rate",
    "exemption-reason-missing",
    "exemption-code",
    "points-system",
    "points-price",
)
routes = APIRouter(tags=["price lists"])


@routes.get(
    PRICE_LISTS,
    summary="List a clinic's price lists",
    responses={**a_page_of(LISTED_EXAMPLE), **problems({404: ["not-found"]})},
)
async def list_price_lists(clinic_id: ClinicPath, deps: Deps, caller: Reader, paging: Paging) -> Page[ListedView]:
    """Which lists there are, by id, and whose prices each has; without the prices themselves. For every role."""
    caller.enter(clinic_id)
    return BY_ID.page(await deps.store.price_lists.page(clinic_id, paging), paging, ListedView.model_validate)


@routes.put(
    PRICE_LIST,
    summary="Put a price list",
    dependencies=[LONG],
    responses=problems(
        {404: list(CLINIC_UNKNOWN), 409: ["changed-meanwhile"], 413: ["body-too-large"], 422: list(CONTRADICTIONS)}
    ),
)
async def put_prices(
    clinic_id: ClinicPath,
    price_list_id: PriceListPath,
    body: PriceListBody,
    deps: Deps,
    caller: BillingManager,
    version: OptionalIfMatch,
    response: Response,
) -> PriceListView:
    """Stores the list, whole, as the next version; the first PUT creates it.

    For billing managers. The clinic has to have a profile. Lines of drafts that had no price get one at once; lines
    that have one keep it until their draft changes. Prices are those of the day on which something was performed.
    An item of a session is priced by the list that the session names, or else by the first that has it: the patient's
    plan, the provider, the clinic's own, the one for everybody.
    """
    caller.enter(clinic_id)
    await deps.store.clinics.get(clinic_id)
    return await store_prices(deps, caller, body.prices(clinic_id, price_list_id), body.reason, version, response)


@routes.get(
    PRICE_LIST,
    summary="Read a price list",
    responses=problems({404: ["not-found", "price-list-unknown"]}),
)
async def get_prices(
    clinic_id: ClinicPath, price_list_id: PriceListPath, deps: Deps, caller: Reader, response: Response
) -> PriceListView:
    """The list as it is now; its ETag is the version to name in `If-Match`. For every role."""
    caller.enter(clinic_id)
    return PriceListView.of(with_etag(response, await deps.store.price_lists.get(clinic_id, price_list_id)))


async def store_prices(
    deps: Dependencies,
    caller: Principal,
    prices: PriceList,
    reason: str | None,
    version: int | None,
    response: Response,
) -> PriceListView:
    """Puts the list, and prices the drafts that waited for it."""
    change = deps.change(caller, reason)
    stored = await put_configuration(
        deps, response, version, lambda unit: put_price_list(unit, deps.store, prices, change)
    )
    await reprice(deps, caller, prices.clinic_id)
    return PriceListView.of(stored)
