"""Customers, and the payment methods kept for them."""

from dev.stripe_sandbox import attachments, lists, payment_methods
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import JsonObject, ResourceMissing
from dev.stripe_sandbox.events import emit

_TEXTS = ("description", "email", "name", "phone")


def create(call: Call) -> JsonObject:
    call.params.only(*_TEXTS, "metadata", "payment_method")
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
    emit(call, "customer.created", customer)
    method = payment_methods.chosen(call)
    if method is not None:
        attachments.attach_checked(call, method, customer["id"])
    return customer


def retrieve(call: Call) -> JsonObject:
    """Also of one that was deleted, as Stripe does."""
    call.params.only()
    return call.named("customer")


def update(call: Call) -> JsonObject:
    customer = _living(call)
    call.params.only(*_TEXTS, "metadata")
    before = dict(customer)
    customer.update({name: call.params.text(name) for name in _TEXTS if name in call.params})
    customer["metadata"] = call.params.metadata(customer["metadata"])
    call.store.save(customer)
    emit(call, "customer.updated", customer, before=before)
    return customer


def delete(call: Call) -> JsonObject:
    """Their payment methods are theirs no longer, and nobody's."""
    customer = _living(call)
    call.params.only()
    of_customer = ["json_extract(body, '$.customer') = ?"]
    for _, method in call.store.select("payment_method", of_customer, [customer["id"]], limit=1000):
        attachments.release(call, method)
    gone = {"id": customer["id"], "object": "customer", "deleted": True}
    call.store.save(gone)
    emit(call, "customer.deleted", customer)
    return gone


def methods_of(call: Call) -> JsonObject:
    customer = _living(call)
    call.params.only("limit", "starting_after", "ending_before", "type")
    url = f"/v1/customers/{customer['id']}/payment_methods"
    return lists.of_owner(call, "payment_method", "customer", customer["id"], url)


def method_of(call: Call) -> JsonObject:
    call.params.only()
    method = call.find("payment_method", call.path["method"], param="id")
    if method["customer"] != _living(call)["id"]:
        raise ResourceMissing("payment_method", method["id"])
    return method


def _living(call: Call) -> JsonObject:
    customer = call.named("customer")
    if customer.get("deleted"):
        raise ResourceMissing("customer", customer["id"])
    return customer
