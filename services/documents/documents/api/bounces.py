"""Bounces: what mail systems report of mails that were sent."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from chassis.http.auth import Principal, require
from chassis.http.openapi import problems
from documents.adapters.mail.notifications import read_notification
from documents.api.dependencies import Deps
from documents.api.schemas.deliveries import DeliveryView
from documents.usecases.deliveries.take_reports import take_report
from kernel.change import Change
from kernel.clock import utc_now

PATH = "/bounces"
Operator = Annotated[Principal, Depends(require("operator", "billing_manager"))]
_NOTIFICATION = """\
From: MAILER-DAEMON@mx.example.net
To: invoices@clinic.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; someone@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <dlv_019ab2f4c1d07e5b8a3c4d5e6f708192@clinic.example>

--b--
"""
MESSAGE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "the mail as it came: a delivery status notification of RFC 3464",
        "content": {
            "message/rfc822": {"schema": {"type": "string", "format": "binary"}, "example": _NOTIFICATION},
        },
    }
}

routes = APIRouter(tags=["deliveries"])


@routes.post(
    PATH,
    summary="Hand in a bounce",
    openapi_extra=MESSAGE,
    responses=problems({404: ["not-found"], 413: ["body-too-large"], 422: ["bounce-ambiguous", "bounce-unreadable"]}),
)
async def take(request: Request, caller: Operator, deps: Deps) -> DeliveryView:
    """For the mail system: what it gets back is put on the delivery, which is found by the mail's Message-ID.

    One that was handed in before changes nothing. A mail that came back makes the delivery `failed`; one that is late,
    or was passed on, does not.
    """
    notification = await asyncio.to_thread(read_notification, await request.body())
    change = Change(utc_now(), caller.actor())
    delivery = await deps.transact(lambda unit: take_report(unit, deps.store, notification, caller.sees, change))
    return DeliveryView.of(delivery)
