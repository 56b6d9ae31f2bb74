"""How the routes put what a clinic configures: in one transaction, and over no version but what the caller read."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from fastapi import Response

from chassis.http import demand_version, etag
from chassis.http.auth import Principal
from chassis.messaging.outbox import Unit
from chassis.telemetry import current_traceparent
from invoicing.api.dependencies import Dependencies
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.discounts.policy import DiscountFamily, DiscountPolicy
from invoicing.domain.pricing.price_list import PriceList
from invoicing.usecases.drafts.reprice_drafts import reprice_drafts

T = TypeVar("T", Clinic, PriceList, DiscountPolicy, DiscountFamily)


async def put_configuration(
    deps: Dependencies, response: Response, version: int | None, put: Callable[[Unit], Awaitable[T]]
) -> T:
    """What `put` stored; its version is the answer's ETag. What is not there yet has version 0.

    Raises PreconditionFailed when the caller read another version, and what `put` raises.
    """

    async def work(unit: Unit) -> T:
        stored = await put(unit)
        demand_version(version, stored.version - 1)
        return stored

    return with_etag(response, await deps.outbox.transact(work))


async def reprice(deps: Dependencies, caller: Principal, clinic_id: str) -> None:
    """Drafts that waited for the clinic's terms get them, a page a transaction."""
    change = deps.change(caller, "terms of the clinic changed")
    page = partial(reprice_drafts, store=deps.store, terms=deps.terms, clinic_id=clinic_id, change=change)
    after: str | None = ""
    while after is not None:
        after = await deps.outbox.transact(partial(page, after=after), traceparent=current_traceparent())


def with_etag(response: Response, thing: T) -> T:
    """The thing; its version is the answer's ETag."""
    response.headers["ETag"] = etag(thing.version)
    return thing
