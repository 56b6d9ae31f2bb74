"""Links: one document for whoever holds its link, until that expires."""

import math
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from chassis.database.paging import Page, Paging
from chassis.http.auth import Reader
from chassis.http.openapi import problems
from chassis.http.problems import HttpProblem
from documents.adapters.links import PATH
from documents.api.dependencies import Deps
from documents.api.documents import PDF
from documents.api.parameters import DeliveryId
from documents.api.schemas.links import OpeningView
from documents.domain.deliveries.mail import file_name
from documents.usecases.ports import LinkExpired, LinkUnknown
from kernel.errors import NotFound

routes = APIRouter(tags=["links"])
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@routes.get(
    PATH,
    response_class=Response,
    summary="Open a link to a document",
    responses={
        200: {"description": "The PDF", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}},
        **problems({404: ["link-unknown"], 410: ["link-expired"], 429: ["too-many-requests"]}),
    },
)
async def open_link(
    request: Request,
    deps: Deps,
    token: Annotated[
        str,
        Query(max_length=1000, pattern=r"^[A-Za-z0-9_.-]+$", description="as the mail has it; it names no patient"),
    ],
) -> Response:
    """The document as it was sent, without any other token. Each opening is in the journal, by ids.

    The link is a secret of whom it was mailed to; it stands in no log. One that has expired is 410.
    """
    _count(deps, request.client.host if request.client else "")
    try:
        enclosure, content = await deps.open_link(token)
    except LinkExpired:
        raise HttpProblem(410, "link-expired", "the link has expired: ask the clinic for another") from None
    except LinkUnknown:
        raise HttpProblem(404, "link-unknown", "there is nothing behind this link") from None
    disposition = f'inline; filename="{file_name(enclosure.number)}"'
    return Response(content, headers={**HEADERS, "Content-Disposition": disposition}, media_type=PDF)


def _count(deps: Deps, who: str) -> None:
    """By where it comes from, as a caller with a token is counted: nobody tries tokens out. Raises HttpProblem 429."""
    if (wait_s := deps.link_rates.wait_s(who)) > 0:
        headers = {"Retry-After": str(math.ceil(wait_s))}
        raise HttpProblem(429, "too-many-requests", "more requests from here than are taken", headers=headers)
    deps.link_rates.take(who)


@routes.get(
    "/deliveries/{delivery_id}/openings",
    summary="List when links of a delivery were opened",
    responses=problems({404: ["not-found"]}),
)
async def list_openings(
    delivery_id: DeliveryId,
    caller: Reader,
    paging: Paging,
    deps: Deps,
) -> Page[OpeningView]:
    """Each time that a document of it was fetched by its link, the newest first; mail programs may look at them too."""
    delivery = await deps.store.deliveries.find(delivery_id)
    if delivery is None or not caller.sees(delivery.clinic_id):
        raise NotFound("not-found", "there is no such thing here")
    page = await deps.store.link_openings.page(caller.visible_clinics(), delivery_id, paging)
    return Page(items=[OpeningView.of(each) for each in page.items], next_cursor=page.next_cursor)
