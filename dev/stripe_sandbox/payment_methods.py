"""Payment methods: made from a test name, a token, a card number typed in a browser, or used again by their id."""

from dev.stripe_sandbox import cards
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject, ResourceMissing
from dev.stripe_sandbox.params import Params


def create(call: Call) -> JsonObject:
    call.params.only("type", "card", "billing_details", "metadata")
    return _from_data(call, call.params)


def chosen(call: Call) -> JsonObject | None:
    """The method named or described in the parameters of a payment intent, if any."""
    if "payment_method_data" in call.params:
        return _from_data(call, call.params.nested("payment_method_data"))
    name = call.params.text("payment_method")
    return None if name is None else named(call, name, param="payment_method")


def named(call: Call, name: str, *, param: str) -> JsonObject:
    """By its id, or a new one by the name of a test card."""
    card = cards.by_name(name)
    return call.find("payment_method", name, param=param) if card is None else _create(call, card, {})


def typed(call: Call, number: str, email: str | None, name: str | None) -> JsonObject:
    """From a hosted page. Raises InvalidRequest for no test card."""
    card = cards.by_number(number)
    if card is None:
        raise InvalidRequest("Your card number is incorrect.", code="incorrect_number", param="number")
    method = _create(call, card, {})
    method["billing_details"].update(email=email, name=name)
    call.store.save(method)
    return method


def card_of(method: JsonObject) -> cards.TestCard:
    return cards.by_last4(method["card"]["last4"])


def _from_data(call: Call, data: Params) -> JsonObject:
    if data.required("type") != "card":
        raise InvalidRequest("This sandbox takes cards only.", param=data.path("type"))
    typed = data.nested("card")
    token = typed.text("token")
    if token is not None:
        card = cards.by_name(token)
        if card is None:
            raise ResourceMissing("token", token, param=typed.path("token"))
    else:
        card = cards.by_number(typed.required("number"))
        if card is None:
            raise InvalidRequest("Your card number is incorrect.", code="incorrect_number", param=typed.path("number"))
    return _create(call, card, data.metadata({}))


def _create(call: Call, card: cards.TestCard, metadata: dict[str, str]) -> JsonObject:
    method: JsonObject = {
        "id": new_id("pm"),
        "object": "payment_method",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": f"sandbox{card.number[-9:]}",
            "funding": "credit",
            "last4": card.last4,
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": call.now,
        "customer": None,
        "livemode": False,
        "metadata": metadata,
        "type": "card",
    }
    call.store.save(method)
    return method
