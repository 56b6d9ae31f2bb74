"""Payment intents: create, update, confirm, cancel."""

from dev.stripe_sandbox import checkout, confirmation, money
from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.confirmation import PAYMENT_INTENT
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
_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def create(call: Call) -> JsonObject:
    params = call.params
    params.only(*_DETAILS, *_ONCE, *_CONFIRMING)
    currency = money.check_currency(params.required("currency"))
    intent = _blank(call, money.check_amount(params.integer("amount"), currency), currency)
    PAYMENT_INTENT.apply(call, intent)
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
        PAYMENT_INTENT.require_status(intent, "update")
    currency = money.check_currency(params.text("currency") or intent["currency"])
    amount = params.integer("amount")
    intent["amount"] = money.check_amount(intent["amount"] if amount is None else amount, currency)
    intent["currency"] = currency
    PAYMENT_INTENT.apply(call, intent)
    call.store.save(intent)
    return intent


def confirm(call: Call) -> JsonObject:
    intent = PAYMENT_INTENT.of_browser(call)
    call.params.only(*_CONFIRMING, "payment_method", "payment_method_data", "receipt_email")
    try:
        confirmation.confirm(call, intent)
    except StripeError as error:
        if "payment_intent" in error.envelope["error"]:
            error.envelope["error"]["payment_intent"] = PAYMENT_INTENT.shown(call, intent)
        raise
    return PAYMENT_INTENT.shown(call, intent)


def cancel(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    call.params.only("cancellation_reason")
    reason = call.params.choice("cancellation_reason", *_REASONS)
    checkout.refuse_cancel(call, intent)
    confirmation.cancel(call, intent, reason)
    return intent


retrieve = PAYMENT_INTENT.retrieve


def _blank(call: Call, amount: int, currency: str) -> JsonObject:
    return {
        **PAYMENT_INTENT.blank(call),
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": _automatic(call),
        "capture_method": _capture_method(call),
        "confirmation_method": call.params.choice("confirmation_method", "automatic", "manual") or "automatic",
        "currency": currency,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": _types(call),
        "setup_future_usage": call.params.choice("setup_future_usage", "off_session", "on_session"),
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
