"""Setup intents: a customer's card is checked and kept for later payments, without money."""

from dev.stripe_sandbox import attachments, next_action, payment_methods
from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.cards import AUTHENTICATION_FAILED, Decline
from dev.stripe_sandbox.errors import CardDeclined, InvalidRequest, JsonObject
from dev.stripe_sandbox.events import emit
from dev.stripe_sandbox.intents import IntentKind, last_error

_DETAILS = ("customer", "description", "metadata", "payment_method", "payment_method_data")
_ONCE = ("allowed_payment_method_types", "automatic_payment_methods", "confirm", "payment_method_types", "usage")
_CONFIRMING = ("return_url", "use_stripe_sdk")
SETUP_INTENT = IntentKind(
    object="setup_intent",
    name="SetupIntent",
    id_prefix="seti",
    texts=("description",),
    empty=(
        "application",
        "cancellation_reason",
        "customer",
        "description",
        "flow_directions",
        "last_setup_error",
        "latest_attempt",
        "mandate",
        "next_action",
        "on_behalf_of",
        "payment_method",
        "single_use_mandate",
    ),
    public=(
        "id",
        "object",
        "automatic_payment_methods",
        "cancellation_reason",
        "client_secret",
        "created",
        "description",
        "last_setup_error",
        "livemode",
        "next_action",
        "payment_method",
        "payment_method_types",
        "status",
        "usage",
    ),
)


def create(call: Call) -> JsonObject:
    call.params.only(*_DETAILS, *_ONCE, *_CONFIRMING)
    setup = _blank(call)
    SETUP_INTENT.apply(call, setup)
    call.store.save(setup)
    emit(call, "setup_intent.created", setup)
    if call.params.flag("confirm"):
        _confirm(call, setup)
    return setup


retrieve = SETUP_INTENT.retrieve


def update(call: Call) -> JsonObject:
    setup = call.named("setup_intent")
    call.params.only(*_DETAILS)
    SETUP_INTENT.require_status(setup, "update")
    SETUP_INTENT.apply(call, setup)
    call.store.save(setup)
    return setup


def confirm(call: Call) -> JsonObject:
    setup = SETUP_INTENT.of_browser(call)
    call.params.only(*_CONFIRMING, "payment_method", "payment_method_data")
    _confirm(call, setup)
    return SETUP_INTENT.shown(call, setup)


def cancel(call: Call) -> JsonObject:
    setup = call.named("setup_intent")
    call.params.only("cancellation_reason")
    reason = call.params.choice("cancellation_reason", "abandoned", "duplicate", "requested_by_customer")
    give_up(call, setup, reason)
    return setup


def give_up(call: Call, setup: JsonObject, reason: str | None) -> None:
    SETUP_INTENT.require_status(setup, "cancel")
    setup.update(status="canceled", cancellation_reason=reason, next_action=None)
    call.store.save(setup)
    emit(call, "setup_intent.canceled", setup)


def authenticate(call: Call, setup: JsonObject, *, passed: bool) -> None:
    """The customer answered their bank's challenge."""
    SETUP_INTENT.require_status(setup, "authenticate", ("requires_action",))
    setup["next_action"] = None
    method = SETUP_INTENT.method_of(call, setup)
    if passed:
        _succeed(call, setup, method)
    else:
        _refuse(call, setup, method, AUTHENTICATION_FAILED)


def _confirm(call: Call, setup: JsonObject) -> None:
    SETUP_INTENT.require_status(setup, "confirm")
    method = SETUP_INTENT.method_to_confirm(call, setup)
    attachments.check_usable(call, method, setup["customer"])
    setup.update(payment_method=method["id"], last_setup_error=None, next_action=None)
    card = payment_methods.card_of(method)
    if card.refuses_setup is not None:
        _refuse(call, setup, method, card.refuses_setup)
        raise _declined(setup, method, card.refuses_setup)
    if card.authentication or card.authentication_once:
        setup.update(status="requires_action", next_action=next_action.of(call, "setup_intent", setup["id"]))
        call.store.save(setup)
        emit(call, "setup_intent.requires_action", setup)
    else:
        _succeed(call, setup, method)


def _succeed(call: Call, setup: JsonObject, method: JsonObject) -> None:
    setup["status"] = "succeeded"
    call.store.save(setup)
    emit(call, "setup_intent.succeeded", setup)
    attachments.set_up(call, method)
    if setup["customer"] is not None:
        attachments.attach_to(call, method, setup["customer"])


def _refuse(call: Call, setup: JsonObject, method: JsonObject, decline: Decline) -> None:
    code = decline.code if decline.decline_code else "setup_intent_authentication_failure"
    error = last_error(decline, method, code=code, by_bank=bool(decline.decline_code))
    setup.update(status="requires_payment_method", payment_method=None, last_setup_error=error)
    call.store.save(setup)
    emit(call, "setup_intent.setup_failed", setup)


def _declined(setup: JsonObject, method: JsonObject, decline: Decline) -> CardDeclined:
    details: JsonObject = {"decline_code": decline.decline_code, "payment_method": method, "setup_intent": setup}
    return CardDeclined(decline.message, code=decline.code, param=decline.param, **details)


def _blank(call: Call) -> JsonObject:
    types = call.params.texts("payment_method_types") or call.params.texts("allowed_payment_method_types")
    if types not in ([], ["card"]):
        raise InvalidRequest("This sandbox takes cards only.", param="payment_method_types")
    return {
        **SETUP_INTENT.blank(call),
        "automatic_payment_methods": None if types else {"allow_redirects": "always", "enabled": True},
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "usage": call.params.choice("usage", "off_session", "on_session") or "off_session",
    }
