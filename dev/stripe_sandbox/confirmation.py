"""Confirming a payment: the one place that decides what a test card does."""

from typing import Any

from dev.stripe_sandbox import attachments, charges, disputes, next_action, payment_methods
from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.cards import AUTHENTICATION_FAILED, AUTHENTICATION_REQUIRED, INQUIRY, Decline
from dev.stripe_sandbox.errors import CardDeclined, InvalidRequest, JsonObject
from dev.stripe_sandbox.events import emit
from dev.stripe_sandbox.intents import IntentKind, last_error

PAYMENT_INTENT = IntentKind(
    object="payment_intent",
    name="PaymentIntent",
    id_prefix="pi",
    texts=("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix"),
    empty=(
        "application",
        "application_fee_amount",
        "canceled_at",
        "cancellation_reason",
        "customer",
        "description",
        "last_payment_error",
        "latest_charge",
        "next_action",
        "on_behalf_of",
        "payment_method",
        "processing",
        "receipt_email",
        "review",
        "shipping",
        "source",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_data",
        "transfer_group",
    ),
    public=(
        "id",
        "object",
        "amount",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "capture_method",
        "client_secret",
        "confirmation_method",
        "created",
        "currency",
        "description",
        "last_payment_error",
        "livemode",
        "next_action",
        "payment_method",
        "payment_method_types",
        "processing",
        "receipt_email",
        "setup_future_usage",
        "status",
    ),
)


def confirm(call: Call, intent: JsonObject) -> None:
    """Moves the intent on and stores it. Raises CardDeclined, UnexpectedState or InvalidRequest."""
    PAYMENT_INTENT.require_status(intent, "confirm")
    method = PAYMENT_INTENT.method_to_confirm(call, intent)
    _check_return_url(call, intent)
    attachments.check_usable(call, method, intent["customer"])
    intent.update(payment_method=method["id"], last_payment_error=None, next_action=None)
    intent["receipt_email"] = call.params.text("receipt_email") or intent["receipt_email"]
    card = payment_methods.card_of(method)
    decline = None
    asked = card.authentication or (card.authentication_once and not attachments.is_set_up(call, method))
    if not asked:
        decline = _charge(call, intent, method)
    elif call.params.text("off_session") not in (None, "false") or call.params.flag("error_on_requires_action"):
        decline = _refuse(call, intent, method, AUTHENTICATION_REQUIRED)
    else:
        _ask_for_authentication(call, intent)
    if decline is not None:
        raise declined(intent, decline)


def authenticate(call: Call, intent: JsonObject, *, passed: bool) -> None:
    """The customer answered their bank's challenge."""
    PAYMENT_INTENT.require_status(intent, "authenticate", ("requires_action",))
    intent["next_action"] = None
    method = PAYMENT_INTENT.method_of(call, intent)
    if passed:
        _charge(call, intent, method)
    else:
        _give_up(call, intent, method, AUTHENTICATION_FAILED, charge_id=None)


def settle(call: Call, intent: JsonObject, *, succeeded: bool) -> None:
    """The bank answered for a payment that was left processing."""
    PAYMENT_INTENT.require_status(intent, "settle", ("processing",))
    method = PAYMENT_INTENT.method_of(call, intent)
    charge = call.find("charge", intent["latest_charge"], param="latest_charge")
    if succeeded:
        _succeed(call, intent, charge)
    else:
        decline = Decline("processing_error", "processing_error", "The bank did not confirm the payment.")
        charges.fail(call, charge, decline)
        _give_up(call, intent, method, decline, charge_id=charge["id"])


def cancel(call: Call, intent: JsonObject, reason: str | None) -> None:
    PAYMENT_INTENT.require_status(intent, "cancel")
    intent.update(status="canceled", canceled_at=call.now, cancellation_reason=reason, next_action=None)
    call.store.save(intent)
    emit(call, "payment_intent.canceled", intent)


def _check_return_url(call: Call, intent: JsonObject) -> None:
    """Payment methods that redirect need somewhere to come back to; in the browser Stripe.js sees to that."""
    automatic = intent["automatic_payment_methods"]
    redirects = automatic is not None and automatic["enabled"] and automatic["allow_redirects"] == "always"
    if redirects and not call.publishable and call.params.text("return_url") is None:
        raise InvalidRequest(
            "This PaymentIntent may be paid with payment methods that redirect the customer: provide a `return_url`, "
            "or create it with `automatic_payment_methods[allow_redirects]` set to `never`."
        )


def _ask_for_authentication(call: Call, intent: JsonObject) -> None:
    intent.update(status="requires_action", next_action=next_action.of(call, "payment_intent", intent["id"]))
    call.store.save(intent)
    emit(call, "payment_intent.requires_action", intent)


def _charge(call: Call, intent: JsonObject, method: JsonObject) -> Decline | None:
    """The decline, if the card's bank said no."""
    decline = payment_methods.card_of(method).decline
    if decline is not None:
        return _refuse(call, intent, method, decline)
    charge = charges.attempt(call, intent, method)
    intent["latest_charge"] = charge["id"]
    if call.settles_later:
        intent["status"] = "processing"
        call.store.save(charge)
        call.store.save(intent)
        emit(call, "charge.pending", charge)
        emit(call, "payment_intent.processing", intent)
    else:
        _succeed(call, intent, charge)
    return None


def _succeed(call: Call, intent: JsonObject, charge: JsonObject) -> None:
    charges.succeed(call, charge)
    intent.update(status="succeeded", amount_received=intent["amount"])
    call.store.save(intent)
    emit(call, "payment_intent.succeeded", intent)
    charges.book(call, charge)
    method = PAYMENT_INTENT.method_of(call, intent)
    _keep_or_spend(call, intent, method)
    _dispute(call, charge, method)


def _keep_or_spend(call: Call, intent: JsonObject, method: JsonObject) -> None:
    """A method of nobody pays once, unless it was to be kept."""
    if intent["setup_future_usage"] is not None:
        attachments.set_up(call, method)
        if intent["customer"] is not None:
            attachments.attach_to(call, method, intent["customer"])
    elif method["customer"] is None:
        attachments.spend(call, method)


def _dispute(call: Call, charge: JsonObject, method: JsonObject) -> None:
    kind = payment_methods.card_of(method).dispute
    if kind is not None:
        case_type: disputes.CaseType = "inquiry" if kind == INQUIRY else "chargeback"
        reason = "fraudulent" if kind == INQUIRY else kind
        disputes.raise_on(call, charge, amount=charge["amount"], reason=reason, case_type=case_type)


def _refuse(call: Call, intent: JsonObject, method: JsonObject, decline: Decline) -> Decline:
    charge = charges.attempt(call, intent, method)
    charges.fail(call, charge, decline)
    intent["latest_charge"] = charge["id"]
    return _give_up(call, intent, method, decline, charge_id=charge["id"])


def _give_up(call: Call, intent: JsonObject, method: JsonObject, decline: Decline, *, charge_id: str | None) -> Decline:
    error = last_error(decline, method, code=decline.code, by_bank=charge_id is not None, charge_id=charge_id)
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    call.store.save(intent)
    emit(call, "payment_intent.payment_failed", intent)
    return decline


def declined(intent: JsonObject, decline: Decline) -> CardDeclined:
    details: dict[str, Any] = {"charge": intent["latest_charge"], "decline_code": decline.decline_code}
    method = intent["last_payment_error"]["payment_method"]
    return CardDeclined(
        decline.message, code=decline.code, param=decline.param, payment_intent=intent, payment_method=method, **details
    )
