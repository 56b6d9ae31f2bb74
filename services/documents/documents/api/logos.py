"""Logos: how a clinic's paper begins."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from chassis.http.auth import BillingManager, Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from documents.api.dependencies import Deps
from documents.api.files import IfNoneMatch, file_answer
from documents.api.schemas.logos import LogoView
from kernel.change import Change
from kernel.clock import utc_now

LOGO = "/clinics/{clinic_id}/logo"
PNG = "image/png"
BYTES = {"schema": {"type": "string", "format": "binary"}}
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path fill="#1f6f6b" d="M0 0h4v4H0z"/></svg>'
UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "a PNG, a JPEG, or an SVG that refers to nothing outside of itself",
        "content": {
            "image/svg+xml": {**BYTES, "example": SQUARE},
            **dict.fromkeys((PNG, "image/jpeg", "application/octet-stream"), BYTES),
        },
    }
}
ClinicId = Annotated[str, Path(max_length=128, pattern=r"^[\x21-\x7e]+$", description="the clinic")]

routes = APIRouter(tags=["logos"])


@routes.put(
    LOGO,
    summary="Put a clinic's logo",
    dependencies=[LONG],
    openapi_extra=UPLOAD,
    responses=problems({422: ["logo-invalid"], 503: ["not-rendered-yet"]}),
)
async def put_logo(clinic_id: ClinicId, request: Request, caller: BillingManager, deps: Deps) -> LogoView:
    """The logo that documents of the clinic have from now on; those that are issued stay as they are.

    It is drawn once, as dots on white, at most 1,200 x 480, by a process with limits of its own. For billing managers.
    """
    caller.enter(clinic_id)
    logo = await deps.drawn(deps.logos.put(clinic_id, await request.body(), Change(utc_now(), caller.actor())))
    return LogoView.of(logo)


@routes.get(
    LOGO,
    response_class=Response,
    summary="Get a clinic's logo",
    responses={
        200: {"description": "the PNG as it is printed", "content": {PNG: BYTES}},
        **problems({404: ["not-found"]}),
    },
)
async def get_logo(clinic_id: ClinicId, caller: Reader, deps: Deps, if_none_match: IfNoneMatch = None) -> Response:
    """As it is printed."""
    caller.enter(clinic_id)
    png = (await deps.logos.find(clinic_id)).picture.png
    return file_answer(png, hashlib.sha256(png).hexdigest(), "logo.png", PNG, if_none_match)


@routes.delete(LOGO, status_code=204, summary="Take a clinic's logo away", responses=problems({404: ["not-found"]}))
async def delete_logo(clinic_id: ClinicId, caller: BillingManager, deps: Deps) -> None:
    """Documents from now on have the clinic's name alone. For billing managers."""
    caller.enter(clinic_id)
    await deps.logos.remove(clinic_id, Change(utc_now(), caller.actor()))
