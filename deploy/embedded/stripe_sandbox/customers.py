"""Customers: just enough to hang payment intents on."""

from deploy.embedded.stripe_sandbox.call import Call, new_id
from deploy.embedded.stripe_sandbox.errors import JsonObject

_TEXTS = ("description", "email", "name", "phone")


def create(call: Call) -> JsonObject:
    call.params.only(*_TEXTS, "metadata")
    customer: JsonObject = {
        "id": new_id("cus", 14),
        "object": "customer",
        "balance": 0,
        "created": call.now,
        "currency": None,
        "delinquent": False,
        "invoice_settings": {"default_payment_method": None},
        "livemode": False,
        "metadata": call.params.metadata({}),
        **{name: call.params.text(name) for name in _TEXTS},
    }
    call.store.save(customer)
    return customer
