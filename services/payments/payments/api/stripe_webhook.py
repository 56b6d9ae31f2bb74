"""Stripe's events."""

from typing import Annotated

from fastapi import APIRouter, Header, Request

from chassis.http.openapi import problems
from payments.api.dependencies import Deps
from payments.api.examples.stripe_webhook import EVENT, RECEIVED
from payments.api.responses import answers
from payments.api.schemas.stripe_webhook import Received
from payments.usecases.cards import process_webhooks

WEBHOOK = "/stripe/webhook"
routes = APIRouter(tags=["stripe"])
SIGNED = {
    "requestBody": {
        "required": True,
        "description": "Stripe's event, byte for byte as it was signed; up to the service's limit for a body",
        "content": {"application/json": {"schema": {"type": "object"}, "example": EVENT}},
    }
}


@routes.post(
    WEBHOOK,
    summary="Receive an event of Stripe's",
    openapi_extra=SIGNED,
    responses={
        **answers(RECEIVED),
        **problems({400: ["signature-invalid", "event-malformed"], 413: ["body-too-large"]}),
    },
)
async def receive(
    deps: Deps,
    request: Request,
    signature: Annotated[
        str | None, Header(alias="Stripe-Signature", description="Stripe's signature of the body, and when it was made")
    ] = None,
) -> Received:
    """Stores a signed event and answers at once; a worker looks at what it is about later.

    For Stripe only: there is no token, the signature says who it is. An event that was received before, or that is
    about nothing of ours, is answered in the same way.
    """
    body = await request.body()
    event = deps.gateway.verified(body, signature)
    if await process_webhooks.keep(deps.ledger, event):
        deps.wake_webhooks()
    return Received()
