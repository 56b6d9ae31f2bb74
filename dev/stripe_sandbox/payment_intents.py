"""Payment intents: create, update, confirm, cancel."""

from dev.stripe_sandbox import checkout, confirmation, money, payment_methods
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject, StripeError
from dev.stripe_sandbox.events import emit

_DETAILS = (
    "amount",
    "currency",
    "customer",
    "description",
    "metadata",
    "payment_method",
    "payment_method_data",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
_ONCE = (
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "confirmation_method",
    "payment_method_types",
    "setup_future_usage",
)
_PAYING = ("amount", "currency", "payment_method", "payment_method_data")
_CONFIRMING = ("error_on_requires_action", "off_session", "return_url", "use_stripe_sdk")
_TEXTS = ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix")
_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def create(call: Call) -> JsonObject:
    params = call.params
    params.only(*_DETAILS, *_ONCE, *_CONFIRMING)
    currency = money.check_currency(params.required("currency"))
    intent = _blank(call, money.check_amount(params.integer("amount"), currency), currency)
    _apply(call, intent)
    confirm = params.flag("confirm")
    call.store.save(intent)
    emit(call, "payment_intent.created", intent)
    if confirm:
        confirmation.confirm(call, intent)
    return intent


def update(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    params = call.params
    params.only(*_DETAILS)
    if any(name in params for name in _PAYING):
        confirmation.require_status(intent, "update", confirmation.OPEN)
    currency = money.check_currency(params.text("currency") or intent["currency"])
    amount = params.integer("amount")
    intent["amount"] = money.check_amount(intent["amount"] if amount is None else amount, currency)
    intent["currency"] = currency
    _apply(call, intent)
    call.store.save(intent)
    return intent


def confirm(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    _check_client_secret(call, intent)
    call.params.only(*_CONFIRMING, "payment_method", "payment_method_data", "receipt_email")
    try:
        confirmation.confirm(call, intent)
    except StripeError as error:
        if "payment_intent" in error.envelope["error"]:
            error.envelope["error"]["payment_intent"] = public(call, intent)
        raise
    return public(call, intent)


def cancel(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    call.params.only("cancellation_reason")
    reason = call.params.choice("cancellation_reason", *_REASONS)
    checkout.refuse_cancel(call, intent)
    confirmation.cancel(call, intent, reason)
    return intent


def retrieve(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    _check_client_secret(call, intent)
    call.params.only()
    return public(call, intent)


_EMPTY = (
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
)
_PUBLIC = (
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
)


def public(call: Call, intent: JsonObject) -> JsonObject:
    """A browser sees neither metadata nor customer."""
    return {name: intent[name] for name in _PUBLIC} if call.publishable else intent


def _check_client_secret(call: Call, intent: JsonObject) -> None:
    given = call.params.required("client_secret") if call.publishable else call.params.text("client_secret")
    if given not in (None, intent["client_secret"]):
        message = "The client_secret provided does not match the client_secret associated with the PaymentIntent."
        raise InvalidRequest(message, code="payment_intent_invalid_parameter", param="client_secret")


def _apply(call: Call, intent: JsonObject) -> None:
    params = call.params
    for name in _TEXTS:
        if name in params:
            intent[name] = params.text(name)
    if "customer" in params:
        intent["customer"] = call.find("customer", params.required("customer"), param="customer")["id"]
    intent["metadata"] = params.metadata(intent["metadata"])
    method = payment_methods.chosen(call)
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation", next_action=None)


def _blank(call: Call, amount: int, currency: str) -> JsonObject:
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        **dict.fromkeys(_EMPTY),
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": _automatic(call),
        "capture_method": _capture_method(call),
        "client_secret": new_id(f"{intent_id}_secret", 25),
        "confirmation_method": call.params.choice("confirmation_method", "automatic", "manual") or "automatic",
        "created": call.now,
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": _types(call),
        "setup_future_usage": call.params.choice("setup_future_usage", "off_session", "on_session"),
        "status": "requires_payment_method",
    }


def _automatic(call: Call) -> JsonObject | None:
    """Enabled unless the request names its payment method types (Stripe API since 2023-08-16)."""
    given = call.params.nested("automatic_payment_methods")
    given.only("enabled", "allow_redirects")
    if not given.flag("enabled", default="payment_method_types" not in call.params):
        return None
    return {"allow_redirects": given.choice("allow_redirects", "always", "never") or "always", "enabled": True}


def _types(call: Call) -> list[str]:
    types = call.params.texts("payment_method_types") or ["card"]
    if types != ["card"]:
        raise InvalidRequest("This sandbox takes cards only.", param="payment_method_types")
    return types


def _capture_method(call: Call) -> str:
    method = call.params.text("capture_method") or "automatic_async"
    if method not in ("automatic", "automatic_async"):
        raise InvalidRequest("This sandbox captures automatically only.", param="capture_method")
    return method
