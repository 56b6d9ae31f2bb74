"""Setup intents: a customer's card is checked and kept for later payments, without money."""

from dev.stripe_sandbox import attachments, next_action, payment_methods
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.cards import AUTHENTICATION_FAILED, Decline
from dev.stripe_sandbox.errors import CardDeclined, InvalidRequest, JsonObject, UnexpectedState
from dev.stripe_sandbox.events import emit

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_DETAILS = ("customer", "description", "metadata", "payment_method", "payment_method_data")
_ONCE = ("allowed_payment_method_types", "automatic_payment_methods", "confirm", "payment_method_types", "usage")
_CONFIRMING = ("return_url", "use_stripe_sdk")
_EMPTY = (
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
)
_PUBLIC = (
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
)


def create(call: Call) -> JsonObject:
    call.params.only(*_DETAILS, *_ONCE, *_CONFIRMING)
    setup = _blank(call)
    _apply(call, setup)
    call.store.save(setup)
    emit(call, "setup_intent.created", setup)
    if call.params.flag("confirm"):
        _confirm(call, setup)
    return setup


def retrieve(call: Call) -> JsonObject:
    setup = call.named("setup_intent")
    _check_client_secret(call, setup)
    call.params.only()
    return _public(call, setup)


def update(call: Call) -> JsonObject:
    setup = call.named("setup_intent")
    call.params.only(*_DETAILS)
    _require_open(setup, "update")
    _apply(call, setup)
    call.store.save(setup)
    return setup


def confirm(call: Call) -> JsonObject:
    setup = call.named("setup_intent")
    _check_client_secret(call, setup)
    call.params.only(*_CONFIRMING, "payment_method", "payment_method_data")
    _confirm(call, setup)
    return _public(call, setup)


def cancel(call: Call) -> JsonObject:
    setup = call.named("setup_intent")
    call.params.only("cancellation_reason")
    reason = call.params.choice("cancellation_reason", "abandoned", "duplicate", "requested_by_customer")
    give_up(call, setup, reason)
    return setup


def give_up(call: Call, setup: JsonObject, reason: str | None) -> None:
    _require_open(setup, "cancel")
    setup.update(status="canceled", cancellation_reason=reason, next_action=None)
    call.store.save(setup)
    emit(call, "setup_intent.canceled", setup)


def authenticate(call: Call, setup: JsonObject, *, passed: bool) -> None:
    """The customer answered their bank's challenge."""
    if setup["status"] != "requires_action":
        raise _unexpected(setup, "authenticate")
    setup["next_action"] = None
    method = call.find("payment_method", setup["payment_method"], param="payment_method")
    if passed:
        _succeed(call, setup, method)
    else:
        _refuse(call, setup, method, AUTHENTICATION_FAILED)


def _confirm(call: Call, setup: JsonObject) -> None:
    _require_open(setup, "confirm")
    method = payment_methods.chosen(call) or _attached(call, setup)
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
    reason = {
        "code": decline.code if decline.decline_code else "setup_intent_authentication_failure",
        "decline_code": decline.decline_code or None,
        "message": decline.message,
        "param": decline.param,
        "payment_method": method,
        "type": "card_error" if decline.decline_code else "invalid_request_error",
    }
    error = {name: value for name, value in reason.items() if value is not None}
    setup.update(status="requires_payment_method", payment_method=None, last_setup_error=error)
    call.store.save(setup)
    emit(call, "setup_intent.setup_failed", setup)


def _declined(setup: JsonObject, method: JsonObject, decline: Decline) -> CardDeclined:
    details: JsonObject = {"decline_code": decline.decline_code, "payment_method": method, "setup_intent": setup}
    return CardDeclined(decline.message, code=decline.code, param=decline.param, **details)


def _attached(call: Call, setup: JsonObject) -> JsonObject:
    if setup["payment_method"] is None:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise UnexpectedState(message, code="setup_intent_unexpected_state", setup_intent=setup)
    return call.find("payment_method", setup["payment_method"], param="payment_method")


def _require_open(setup: JsonObject, verb: str) -> None:
    if setup["status"] not in OPEN:
        raise _unexpected(setup, verb)


def _unexpected(setup: JsonObject, verb: str) -> UnexpectedState:
    message = f"You cannot {verb} this SetupIntent because it has a status of {setup['status']}."
    return UnexpectedState(message, code="setup_intent_unexpected_state", setup_intent=setup)


def _apply(call: Call, setup: JsonObject) -> None:
    params = call.params
    if "description" in params:
        setup["description"] = params.text("description")
    if "customer" in params:
        setup["customer"] = call.find("customer", params.required("customer"), param="customer")["id"]
    setup["metadata"] = params.metadata(setup["metadata"])
    method = payment_methods.chosen(call)
    if method is not None:
        setup.update(payment_method=method["id"], status="requires_confirmation", next_action=None)


def _check_client_secret(call: Call, setup: JsonObject) -> None:
    given = call.params.required("client_secret") if call.publishable else call.params.text("client_secret")
    if given not in (None, setup["client_secret"]):
        message = "The client_secret provided does not match the client_secret associated with the SetupIntent."
        raise InvalidRequest(message, code="setup_intent_invalid_parameter", param="client_secret")


def _public(call: Call, setup: JsonObject) -> JsonObject:
    """A browser sees neither metadata nor customer."""
    return {name: setup[name] for name in _PUBLIC} if call.publishable else setup


def _blank(call: Call) -> JsonObject:
    setup_id = new_id("seti")
    types = call.params.texts("payment_method_types") or call.params.texts("allowed_payment_method_types")
    if types not in ([], ["card"]):
        raise InvalidRequest("This sandbox takes cards only.", param="payment_method_types")
    return {
        "id": setup_id,
        "object": "setup_intent",
        **dict.fromkeys(_EMPTY),
        "automatic_payment_methods": None if types else {"allow_redirects": "always", "enabled": True},
        "client_secret": new_id(f"{setup_id}_secret", 25),
        "created": call.now,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": call.params.choice("usage", "off_session", "on_session") or "off_session",
    }
