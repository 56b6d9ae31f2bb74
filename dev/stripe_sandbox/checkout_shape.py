"""What a new Checkout Session is made of: its parameters read, its fields as Stripe fills them."""

from dataclasses import replace

from dev.stripe_sandbox import money
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject
from dev.stripe_sandbox.params import Params, Tree

KIND = "checkout.session"
_SHORTEST_S, _LONGEST_S = 30 * 60, 24 * 3600
_PARAMETERS = (
    "allowed_payment_method_types",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer",
    "customer_creation",
    "customer_email",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_types",
    "setup_intent_data",
    "submit_type",
    "success_url",
    "ui_mode",
)
_TEXTS = ("cancel_url", "client_reference_id", "customer_email", "locale", "success_url")
_INTENT_DATA = (
    "capture_method",
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
_SETUP_DATA = ("description", "metadata")
_EMPTY = (
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "amount_subtotal",
    "amount_total",
    "billing_address_collection",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency",
    "currency_conversion",
    "customer",
    "customer_creation",
    "customer_details",
    "invoice",
    "invoice_creation",
    "origin_context",
    "payment_intent",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
    "total_details",
    "wallet_options",
)


def requested(call: Call) -> JsonObject:
    """An open session, not yet stored; its line items and what its payment will carry are kept beside it."""
    params = call.params
    params.only(*_PARAMETERS)
    if params.choice("ui_mode", "hosted_page", "hosted") is None and "ui_mode" in params:
        raise InvalidRequest("This sandbox has the hosted page only.", param="ui_mode")
    session = _blank(call, params.choice("mode", "payment", "setup") or _no_mode())
    session.update({name: params.text(name) for name in _TEXTS})
    params.required("success_url")
    if "customer" in params:
        session["customer"] = call.find("customer", params.required("customer"), param="customer")["id"]
    session["customer_details"] = _details(call, session)
    if session["mode"] == "payment":
        _price(call, session)
    return session


def items_of(call: Call, session_id: str) -> list[JsonObject]:
    condition = "json_extract(body, '$.session') = ?"
    found = call.store.select("kept_item", [condition], [session_id], limit=100, order="ASC")
    return [kept["item"] for _, kept in found]


def payment_data(call: Call, session: JsonObject) -> Params:
    """What was given as payment_intent_data or setup_intent_data."""
    kept = call.store.get(f"{session['id']}_data", "kept_data")
    return Params(kept["data"] if kept else {})


def setup_call(call: Call, session: JsonObject) -> Call:
    """For the setup intent that a session in setup mode has from the start."""
    wanted: Tree = {**payment_data(call, session).tree, "payment_method_types": {"0": "card"}}
    if session["customer"] is not None:
        wanted["customer"] = session["customer"]
    return replace(call, params=Params(wanted))


def _no_mode() -> str:
    raise InvalidRequest("Missing required param: mode.", code="parameter_missing", param="mode")


def _price(call: Call, session: JsonObject) -> None:
    listed = call.params.nested("line_items")
    items = [_item(call, listed.nested(position)) for position in listed]
    if not items:
        raise InvalidRequest("Missing required param: line_items.", code="parameter_missing", param="line_items")
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise InvalidRequest("All line items must have the same currency.", param="line_items")
    total = sum(item["amount_total"] for item in items)
    session["currency"] = currencies.pop()
    session["amount_subtotal"] = session["amount_total"] = money.check_amount(total, session["currency"])
    session["total_details"] = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    for item in items:
        call.store.save({"id": item["id"], "object": "kept_item", "session": session["id"], "item": item})


def _item(call: Call, given: Params) -> JsonObject:
    given.only("price_data", "quantity")
    data = given.nested("price_data")
    data.only("currency", "product_data", "unit_amount")
    product = data.nested("product_data")
    product.only("name", "description", "metadata", "images")
    currency = money.check_currency(data.required("currency"))
    unit_amount = data.integer("unit_amount")
    if unit_amount is None or unit_amount < 0:
        raise InvalidRequest("This value must be greater than or equal to 0.", param=data.path("unit_amount"))
    quantity = given.integer("quantity")
    if quantity is None or quantity < 1:
        raise InvalidRequest("Quantity must be at least 1.", param=given.path("quantity"))
    amount = unit_amount * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": product.required("name"),
        "metadata": {},
        "price": _one_time_price(call, currency, unit_amount),
        "quantity": quantity,
    }


def _one_time_price(call: Call, currency: str, unit_amount: int) -> JsonObject:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": call.now,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod", 14),
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }


def _details(call: Call, session: JsonObject) -> JsonObject | None:
    """Known before the customer says so: their e-mail, or that of the customer."""
    email, name = session["customer_email"], None
    if session["customer"] is not None:
        customer = call.find("customer", session["customer"], param="customer")
        email, name = customer["email"], customer["name"]
    return None if email is None and name is None else details(email, name)


def details(email: str | None, name: str | None) -> JsonObject:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _blank(call: Call, mode: str) -> JsonObject:
    params = call.params
    session_id = new_id("cs_test", 58)
    data = params.nested(f"{'payment' if mode == 'payment' else 'setup'}_intent_data")
    data.only(*(_INTENT_DATA if mode == "payment" else _SETUP_DATA))
    data.metadata({})
    call.store.save({"id": f"{session_id}_data", "object": "kept_data", "data": data.tree})
    return {
        "id": session_id,
        "object": KIND,
        **dict.fromkeys(_EMPTY),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.choice("billing_address_collection", "auto", "required"),
        "created": call.now,
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer_creation": params.choice("customer_creation", "always", "if_required") or "if_required",
        "expires_at": _expires_at(call),
        "livemode": False,
        "metadata": params.metadata({}),
        "mode": mode,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": _types(params),
        "payment_status": "unpaid" if mode == "payment" else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": params.choice("submit_type", "auto", "book", "donate", "pay"),
        "ui_mode": "hosted_page",
        "url": f"{call.base_url}/c/pay/{session_id}",
    }


def _types(params: Params) -> list[str]:
    types = params.texts("payment_method_types") or params.texts("allowed_payment_method_types") or ["card"]
    if types != ["card"]:
        raise InvalidRequest("This sandbox takes cards only.", param="payment_method_types")
    return types


def _expires_at(call: Call) -> int:
    given = call.params.integer("expires_at")
    if given is None:
        return call.now + _LONGEST_S
    if not call.now + _SHORTEST_S <= given <= call.now + _LONGEST_S:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise InvalidRequest(message, param="expires_at")
    return given
