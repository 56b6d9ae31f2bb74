"""Cards that Stripe keeps for a patient: a customer of his own for each, so that nothing else hangs on it."""

from typing import Literal

import stripe
import structlog
from stripe.params import SetupIntentCreateParams
from stripe.params.checkout import SessionCreateParams

from payments.adapters.stripe.reading import id_of
from payments.adapters.stripe.stripe_errors import translated_errors
from payments.domain.cards_on_file.card_on_file import CardDetails, CardOnFile, SeenSetup, SetupPage
from payments.usecases.ports import PreparedSetup

log = structlog.get_logger(__name__)
_STATUS: dict[str, Literal["open", "succeeded", "canceled"]] = {"succeeded": "succeeded", "canceled": "canceled"}


class StripeCards:
    """Card numbers are typed into Stripe's own fields or page, and never come by here."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client

    async def prepare(self, card: CardOnFile) -> PreparedSetup:
        """The card's id is the idempotency key of each thing made for it."""
        with translated_errors():
            customer = await self._client.v1.customers.create_async(
                {"metadata": _metadata(card)}, {"idempotency_key": f"{card.card_id}-customer"}
            )
            if card.page is None:
                return await self._ask_at_desk(card, customer.id)
            return await self._ask_on_page(card, card.page, customer.id)

    async def _ask_at_desk(self, card: CardOnFile, customer_id: str) -> PreparedSetup:
        asked: SetupIntentCreateParams = {
            "customer": customer_id,
            "usage": "off_session",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "metadata": _metadata(card),
        }
        setup = await self._client.v1.setup_intents.create_async(asked, {"idempotency_key": card.card_id})
        return PreparedSetup(customer_id, setup.id, client_secret=setup.client_secret)

    async def _ask_on_page(self, card: CardOnFile, page: SetupPage, customer_id: str) -> PreparedSetup:
        """Stripe keeps it open for a day."""
        asked: SessionCreateParams = {
            "mode": "setup",
            "allowed_payment_method_types": ["card"],
            "customer": customer_id,
            "success_url": page.success_url,
            "client_reference_id": card.card_id,
            "metadata": _metadata(card),
            "setup_intent_data": {"metadata": _metadata(card)},
        }
        if page.cancel_url is not None:
            asked["cancel_url"] = page.cancel_url
        session = await self._client.v1.checkout.sessions.create_async(asked, {"idempotency_key": card.card_id})
        return PreparedSetup(customer_id, id_of(session.setup_intent) or "", url=session.url)

    async def look_at_setup(self, setup_intent_id: str) -> SeenSetup | None:
        with translated_errors():
            try:
                setup = await self._client.v1.setup_intents.retrieve_async(
                    setup_intent_id, {"expand": ["payment_method"]}
                )
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    return None
                raise
        status = _STATUS.get(setup.status, "open")
        return SeenSetup(setup.id, status, _details(setup) if status == "succeeded" else None)

    async def abandon(self, setup_intent_id: str) -> None:
        """One that has succeeded cannot be ended any more."""
        with translated_errors():
            try:
                await self._client.v1.setup_intents.cancel_async(setup_intent_id)
            except stripe.InvalidRequestError as error:
                log.info("setup-not-canceled", setup_intent_id=setup_intent_id, code=error.code)

    async def release(self, payment_method_id: str) -> None:
        """One that is detached already cannot be charged either."""
        with translated_errors():
            try:
                await self._client.v1.payment_methods.detach_async(payment_method_id)
            except stripe.InvalidRequestError as error:
                log.info("card-not-detached", payment_method_id=payment_method_id, code=error.code)


def _metadata(card: CardOnFile) -> dict[str, str]:
    """What is found again at Stripe: ids only."""
    return {"card_id": card.card_id, "clinic_id": card.clinic_id, "patient_id": card.patient_id}


def _details(setup: stripe.SetupIntent) -> CardDetails | None:
    method = setup.payment_method
    if not isinstance(method, stripe.PaymentMethod) or method.card is None:
        return None
    card = method.card
    return CardDetails(method.id, card.brand, card.last4, card.exp_month, card.exp_year)
