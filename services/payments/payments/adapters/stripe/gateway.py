"""Calls of Stripe's API over HTTP."""

from dataclasses import replace
from datetime import datetime

import stripe
import structlog
from stripe.params import PaymentIntentRetrieveParams

from kernel.errors import BusinessError
from payments.adapters.stripe import lists
from payments.adapters.stripe.amounts import to_stripe
from payments.adapters.stripe.balance import booked_between
from payments.adapters.stripe.cards_on_file import StripeCards
from payments.adapters.stripe.declines import decline_of
from payments.adapters.stripe.events import event_of
from payments.adapters.stripe.http_client import StripeHttp
from payments.adapters.stripe.params import intent_params, key_of, off_session_params, page_params
from payments.adapters.stripe.reading import INTENTS, STEPS, dispute_of, fee_of, id_of, ours, refund_of, time_of
from payments.adapters.stripe.stripe_errors import translated_errors, unless_missing
from payments.domain.cards.stripe_snapshot import SeenPage, SeenRefund, StripeSnapshot, declined
from payments.domain.cards.webhook import StripeEvent
from payments.domain.intake.payment import Checkout, Failure, OnFile, Payment, Refund
from payments.domain.payouts.payout import SeenPayout
from payments.domain.settlement.stripe_balance import BalanceEntry
from payments.usecases.ports import GatewayUnavailable, Listed, Opened, Source

log = structlog.get_logger(__name__)
PAGE = 100


class StripeGateway:
    """Stripe's API over HTTP; `api_base` names another place that speaks it. Times in seconds."""

    def __init__(self, api_key: str, webhook_secret: str, api_base: str | None, timeout_s: float, retries: int) -> None:
        self._http = StripeHttp(timeout_s)
        self._secret = webhook_secret
        self._client = stripe.StripeClient(
            api_key,
            http_client=self._http,
            base_addresses={} if api_base is None else {"api": api_base},
            max_network_retries=retries,
        )
        self.cards = StripeCards(self._client)

    async def start(self) -> None:
        """Connects when it is first used."""

    async def stop(self) -> None:
        await self._http.close_async()

    def verified(self, body: bytes, signature: str | None) -> StripeEvent:
        """Raises BusinessError (400) for a body that Stripe did not sign, or signed too long ago, or that is no event.

        Nothing is read of a body before its signature is known to be good.
        """
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._secret, stripe.Webhook.DEFAULT_TOLERANCE)
        except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError, IndexError):
            raise BusinessError("signature-invalid", "this is not signed by Stripe", status=400) from None
        try:
            return event_of(self._client.construct_event(body, signature, self._secret), body)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise BusinessError("event-malformed", "this is no event of Stripe's", status=400) from None

    async def open(self, payment: Payment) -> Opened | Failure:
        """The payment's id is the idempotency key, so a second call finds what the first one made."""
        amount = to_stripe(payment.amount)
        if amount is None:
            return declined("not-chargeable")
        with translated_errors():
            try:
                if payment.on_file is not None:
                    return await self._charge_card_on_file(payment, payment.on_file, amount)
                if payment.checkout is None:
                    return await self._open_intent(payment, amount)
                return await self._open_page(payment, payment.checkout, amount)
            except stripe.InvalidRequestError as error:
                log.warning("charge-refused", payment_id=payment.payment_id, code=error.code, param=error.param)
                return declined("not-chargeable")

    async def _open_intent(self, payment: Payment, amount: int) -> Opened:
        intent = await self._client.v1.payment_intents.create_async(intent_params(payment, amount), key_of(payment))
        return await self._opened(intent)

    async def _charge_card_on_file(self, payment: Payment, card: OnFile, amount: int) -> Opened:
        """While the patient is away: what their bank wants to ask them is a decline."""
        params = off_session_params(payment, card, amount)
        try:
            intent = await self._client.v1.payment_intents.create_async(params, key_of(payment))
        except stripe.CardError as error:
            declined_intent = None if error.error is None else error.error.payment_intent
            if declined_intent is None:
                raise
            return await self._found(declined_intent.id)
        return await self._found(intent.id)

    async def _found(self, intent_id: str) -> Opened:
        """With its charge, which is not in the answer to the one that made it."""
        known = await self.look(intent_id)
        if known is None:
            raise GatewayUnavailable(f"Stripe has lost {intent_id}")
        return known

    async def _open_page(self, payment: Payment, checkout: Checkout, amount: int) -> Opened:
        """Stripe keeps it open for a day."""
        params = page_params(payment, checkout, amount)
        return await self._page(await self._client.v1.checkout.sessions.create_async(params, key_of(payment)))

    async def find(self, payment_id: str) -> Opened | None:
        """By metadata; Stripe's search runs up to a minute behind, and forgets nothing."""
        with translated_errors():
            found = await self._client.v1.payment_intents.search_async(
                {"query": f"metadata['payment_id']:'{payment_id}'", "limit": 1}
            )
        return await self.look(found.data[0].id) if found.data else None

    async def look(self, intent_id: str) -> Opened | None:
        expand: PaymentIntentRetrieveParams = {"expand": ["latest_charge.balance_transaction"]}
        with translated_errors():
            intent = await unless_missing(self._client.v1.payment_intents.retrieve_async(intent_id, expand))
            return None if intent is None else await self._opened(intent)

    async def booked(self, begin: datetime, end: datetime) -> list[BalanceEntry]:
        with translated_errors():
            return await booked_between(self._client, begin, end)

    async def look_at_page(self, session_id: str) -> Opened | None:
        with translated_errors():
            session = await unless_missing(self._client.v1.checkout.sessions.retrieve_async(session_id))
            return None if session is None else await self._page(session)

    async def cancel(self, payment: Payment) -> None:
        """Without an idempotency key: that it cannot be canceled now would be all that Stripe ever answers to it.

        The PaymentIntent of a Checkout page is Stripe's own: only the page can be ended.
        """
        with translated_errors():
            try:
                if payment.checkout is not None and payment.checkout.session_id is not None:
                    await self._client.v1.checkout.sessions.expire_async(payment.checkout.session_id)
                elif payment.card_payment_intent_id is not None:
                    await self._client.v1.payment_intents.cancel_async(payment.card_payment_intent_id)
            except stripe.InvalidRequestError as error:
                log.info("not-canceled", payment_id=payment.payment_id, code=error.code)

    async def refund(self, payment: Payment, refund: Refund) -> SeenRefund | Failure:
        """The refund's id is the idempotency key."""
        amount = to_stripe(refund.amount)
        if amount is None or payment.card_payment_intent_id is None:
            return declined("not-refundable")
        with translated_errors():
            try:
                made = await self._client.v1.refunds.create_async(
                    {
                        "payment_intent": payment.card_payment_intent_id,
                        "amount": amount,
                        "metadata": {"payment_id": payment.payment_id, "refund_id": refund.refund_id},
                    },
                    {"idempotency_key": refund.refund_id},
                )
            except stripe.InvalidRequestError as error:
                log.warning("refund-refused", refund_id=refund.refund_id, code=error.code, param=error.param)
                return declined("not-refundable")
        return refund_of(made)

    async def listed(self, source: Source, since: datetime, after: str | None) -> Listed:
        with translated_errors():
            return await lists.listed(self._client, source, since, after)

    async def payout(self, payout_id: str) -> SeenPayout | None:
        with translated_errors():
            return await unless_missing(lists.payout(self._client, payout_id))

    async def _opened(self, intent: stripe.PaymentIntent) -> Opened:
        charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
        paid = intent.status == "succeeded"
        refunds = [refund_of(r) for r in await self._refunds(intent.id)] if paid else []
        disputes = (
            [dispute_of(d, charge) for d in await self._disputes(intent.id)] if charge and charge.disputed else []
        )
        snapshot = StripeSnapshot(
            intent_id=intent.id,
            payment_id=ours(intent.metadata, "payment_id"),
            status=INTENTS.get(intent.status, "open"),
            step=STEPS.get(intent.status),
            succeeded_at=time_of(charge.created) if charge and paid else None,
            fee=fee_of(charge) if charge and paid else None,
            decline=decline_of(intent, charge),
            refunds=tuple(refunds),
            disputes=tuple(disputes),
        )
        return Opened(snapshot, intent.client_secret)

    async def _page(self, session: stripe.checkout.Session) -> Opened:
        """As its PaymentIntent stands, if a card was entered; on a page that has expired none can be any more."""
        page = SeenPage(session.id, session.url, time_of(session.expires_at))
        intent_id = id_of(session.payment_intent)
        made = None if intent_id is None else await self.look(intent_id)
        snapshot = StripeSnapshot(intent_id, ours(session.metadata, "payment_id"), "open", "enter_card")
        if made is not None:
            snapshot = made.snapshot
        if session.status == "expired" and snapshot.status == "open" and snapshot.step != "wait_for_bank":
            snapshot = replace(snapshot, status="canceled")
        return Opened(replace(snapshot, page=page), None)

    async def _refunds(self, intent_id: str) -> list[stripe.Refund]:
        page = await self._client.v1.refunds.list_async({"payment_intent": intent_id, "limit": PAGE})
        return [refund async for refund in page.auto_paging_iter()]

    async def _disputes(self, intent_id: str) -> list[stripe.Dispute]:
        page = await self._client.v1.disputes.list_async({"payment_intent": intent_id, "limit": PAGE})
        return [dispute async for dispute in page.auto_paging_iter()]
