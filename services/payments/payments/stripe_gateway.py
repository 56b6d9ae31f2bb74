"""The one place that knows Stripe: its client, its objects, its errors, and what they mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import stripe
import structlog

from chassis.kernel.errors import BusinessError
from chassis.kernel.money import Money
from payments.domain.card import IntentStatus, SeenRefund, Standing, declined
from payments.domain.declines import DeclineCode
from payments.domain.payment import Dispute, DisputeStatus, Failure, Payment, Refund, RefundStatus
from payments.domain.settlement import Booked
from payments.stripe_balance import booked_between
from payments.usecases.gateway import GatewayUnavailable, Opened

log = structlog.get_logger(__name__)
PAGE = 100
# Stripe writes these with other decimals than ISO 4217 ("Supported currencies": special cases, zero-decimal).
_WRITTEN_TIMES_100 = frozenset({"ISK", "UGX"})
_WRITTEN_WITHOUT_CENTS = frozenset({"MGA"})

_DECLINES: dict[str, DeclineCode] = {
    "insufficient_funds": "insufficient-funds",
    "withdrawal_count_limit_exceeded": "amount-too-high",
    "card_velocity_exceeded": "amount-too-high",
    "expired_card": "card-expired",
    "incorrect_number": "card-details-wrong",
    "invalid_number": "card-details-wrong",
    "incorrect_cvc": "card-details-wrong",
    "invalid_cvc": "card-details-wrong",
    "invalid_expiry_month": "card-details-wrong",
    "invalid_expiry_year": "card-details-wrong",
    "incorrect_zip": "card-details-wrong",
    "authentication_required": "authentication-failed",
    "payment_intent_authentication_failure": "authentication-failed",
    "processing_error": "try-again",
    "issuer_not_available": "try-again",
    "reenter_transaction": "try-again",
    "try_again_later": "try-again",
}
_INTENTS: dict[str, IntentStatus] = {"succeeded": "succeeded", "canceled": "canceled"}
_REFUNDS: dict[str, RefundStatus] = {"succeeded": "settled", "failed": "failed", "canceled": "failed"}
_DISPUTES: dict[str, DisputeStatus] = {
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "appeal_under_review": "open",
    "won": "won",
    "prevented": "won",
    "warning_closed": "won",
    "lost": "lost",
}
_FOLLOWED = ("payment_intent.", "charge.", "refund.")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A signed event. `intent_id` is what it is about, None for one that we have no use for."""

    event_id: str
    type: str
    intent_id: str | None


class StripeGateway:
    """Stripe's API over HTTP; `api_base` names another place that speaks it. Times in seconds."""

    def __init__(self, api_key: str, webhook_secret: str, api_base: str | None, timeout_s: float, retries: int) -> None:
        self._http = stripe.HTTPXClient(timeout=timeout_s)
        self._secret = webhook_secret
        self._client = stripe.StripeClient(
            api_key,
            http_client=self._http,
            base_addresses={} if api_base is None else {"api": api_base},
            max_network_retries=retries,
        )

    async def start(self) -> None:
        """Connects when it is first used."""

    async def stop(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    def verified(self, body: bytes, signature: str | None) -> Webhook:
        """Raises BusinessError (400) for a body that Stripe did not sign, or signed too long ago."""
        try:
            event = self._client.construct_event(body, signature, self._secret)
            return Webhook(event.id, event.type, _intent_of(event))
        except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError):
            raise BusinessError("signature-invalid", "this is not signed by Stripe", status=400) from None

    async def open(self, payment: Payment) -> Opened | Failure:
        """The payment's id is the idempotency key, so a second call finds what the first one made."""
        metadata = {"payment_id": payment.payment_id, "clinic_id": payment.clinic_id}
        if payment.invoice_id is not None:
            metadata["invoice_id"] = payment.invoice_id
        amount = to_stripe(payment.amount)
        if amount is None:
            return declined("not-chargeable")
        with _asking():
            try:
                intent = await self._client.v1.payment_intents.create_async(
                    {
                        "amount": amount,
                        "currency": payment.currency.lower(),
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                        "metadata": metadata,
                    },
                    {"idempotency_key": payment.payment_id},
                )
            except stripe.InvalidRequestError as error:
                log.warning("intent-refused", payment_id=payment.payment_id, code=error.code, param=error.param)
                return declined("not-chargeable")
            return await self._opened(intent)

    async def find(self, payment_id: str) -> Opened | None:
        """By metadata; Stripe's search runs up to a minute behind, and forgets nothing."""
        with _asking():
            found = await self._client.v1.payment_intents.search_async(
                {"query": f"metadata['payment_id']:'{payment_id}'", "limit": 1}
            )
        return await self.look(found.data[0].id) if found.data else None

    async def look(self, intent_id: str) -> Opened | None:
        with _asking():
            try:
                intent = await self._client.v1.payment_intents.retrieve_async(intent_id, {"expand": ["latest_charge"]})
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    return None
                raise
            return await self._opened(intent)

    async def refund(self, payment: Payment, refund: Refund) -> SeenRefund | Failure:
        """The refund's id is the idempotency key."""
        amount = to_stripe(refund.amount)
        if amount is None or payment.card_payment_intent_id is None:
            return declined("not-refundable")
        with _asking():
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

    async def booked(self, begin: datetime, end: datetime) -> list[Booked]:
        with _asking():
            return await booked_between(self._client, begin, end, from_stripe)

    async def _opened(self, intent: stripe.PaymentIntent) -> Opened:
        charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
        paid = intent.status == "succeeded"
        refunds = [refund_of(r) for r in await self._refunds(intent.id)] if paid else []
        disputes = [dispute_of(d) for d in await self._disputes(intent.id)] if charge and charge.disputed else []
        standing = Standing(
            intent_id=intent.id,
            payment_id=_ours(intent.metadata, "payment_id"),
            status=_INTENTS.get(intent.status, "open"),
            succeeded_at=_time(charge.created) if charge and paid else None,
            decline=_decline(intent, charge),
            refunds=tuple(refunds),
            disputes=tuple(disputes),
        )
        return Opened(standing, intent.client_secret or "")

    async def _refunds(self, intent_id: str) -> list[stripe.Refund]:
        page = await self._client.v1.refunds.list_async({"payment_intent": intent_id, "limit": PAGE})
        return [refund async for refund in page.auto_paging_iter()]

    async def _disputes(self, intent_id: str) -> list[stripe.Dispute]:
        page = await self._client.v1.disputes.list_async({"payment_intent": intent_id, "limit": PAGE})
        return [dispute async for dispute in page.auto_paging_iter()]


def to_stripe(amount: Money) -> int | None:
    """Stripe's minor units; None for an amount that cannot be written in them."""
    if amount.currency in _WRITTEN_TIMES_100:
        return amount.amount_minor * 100
    if amount.currency in _WRITTEN_WITHOUT_CENTS:
        whole, rest = divmod(amount.amount_minor, 100)
        return None if rest else whole
    return amount.amount_minor


def from_stripe(amount: int, currency: str) -> Money:
    """Our minor units (ISO 4217)."""
    code = currency.upper()
    if code in _WRITTEN_TIMES_100:
        return Money(amount // 100, code)
    return Money(amount * 100 if code in _WRITTEN_WITHOUT_CENTS else amount, code)


@contextmanager
def _asking() -> Iterator[None]:
    """What is not an answer (no connection, 429, 500, a wrong key of ours) may be asked again."""
    try:
        yield
    except stripe.StripeError as error:
        log.warning("stripe-unavailable", error=type(error).__name__, status=error.http_status, code=error.code)
        raise GatewayUnavailable(type(error).__name__) from error


def _intent_of(event: stripe.Event) -> str | None:
    if not event.type.startswith(_FOLLOWED):
        return None
    about = event.data.object.to_dict()
    intent_id = about.get("id") if about.get("object") == "payment_intent" else about.get("payment_intent")
    return intent_id if isinstance(intent_id, str) else None


def _decline(intent: stripe.PaymentIntent, charge: stripe.Charge | None) -> Failure | None:
    """An attempt is a charge or, when the cardholder's bank was not even asked, the card that was entered."""
    error = intent.last_payment_error
    if intent.status != "requires_payment_method" or error is None:
        return None
    card = error.payment_method
    charged = charge is not None and error.charge == charge.id
    moments = [charge.created] if charge is not None and charged else []
    moments += [card.created] if card else []
    attempt_id = error.charge or (card.id if card else None)
    reasons = [getattr(error, name, None) for name in ("decline_code", "code")]
    code: DeclineCode = next((_DECLINES[reason] for reason in reasons if reason in _DECLINES), "card-declined")
    return declined(code, _time(max(moments, default=intent.created)), attempt_id)


def refund_of(refund: stripe.Refund) -> SeenRefund:
    return SeenRefund(
        gateway_id=refund.id,
        refund_id=_ours(refund.metadata, "refund_id"),
        amount=from_stripe(refund.amount, refund.currency),
        status=_REFUNDS.get(refund.status or "", "pending"),
        created_at=_time(refund.created),
    )


def dispute_of(dispute: stripe.Dispute) -> Dispute:
    return Dispute(dispute.id, from_stripe(dispute.amount, dispute.currency), _DISPUTES.get(dispute.status, "inquiry"))


def _ours(metadata: stripe.StripeObject | None, name: str) -> str | None:
    """An id that we wrote there; others may write there too."""
    value = None if metadata is None else metadata.to_dict().get(name)
    return value if isinstance(value, str) else None


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
