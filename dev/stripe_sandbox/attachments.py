"""Payment methods kept for a customer: attached, detached, and whether they may be used again."""

from dev.stripe_sandbox import lists, payment_methods
from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.errors import CardDeclined, InvalidRequest, JsonObject
from dev.stripe_sandbox.events import emit

_BILLING = ("email", "name", "phone")


def attach(call: Call) -> JsonObject:
    call.params.only("customer")
    customer = call.find("customer", call.params.required("customer"), param="customer")
    method = payment_methods.named(call, call.path["id"], param="id")
    attach_checked(call, method, customer["id"])
    return method


def detach(call: Call) -> JsonObject:
    call.params.only()
    method = call.named("payment_method")
    if method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise InvalidRequest(message)
    release(call, method)
    return method


def update(call: Call) -> JsonObject:
    method = call.named("payment_method")
    call.params.only("billing_details", "card", "metadata")
    billing, card = call.params.nested("billing_details"), call.params.nested("card")
    billing.only(*_BILLING)
    card.only("exp_month", "exp_year")
    before = dict(method)
    method["billing_details"] = {**method["billing_details"], **{name: billing.text(name) for name in billing}}
    method["card"] = {**method["card"], **{name: card.integer(name) for name in card}}
    method["metadata"] = call.params.metadata(method["metadata"])
    call.store.save(method)
    emit(call, "payment_method.updated", method, before=before)
    return method


def listed(call: Call) -> JsonObject:
    """Of one customer, as Stripe lists them."""
    call.params.only("customer", "limit", "starting_after", "ending_before", "type")
    customer = call.find("customer", call.params.required("customer"), param="customer")
    return lists.of_owner(call, "payment_method", "customer", customer["id"], "/v1/payment_methods")


def attach_checked(call: Call, method: JsonObject, customer_id: str) -> None:
    """Asks the card's bank first. Raises CardDeclined, or InvalidRequest for a method that may not be used again."""
    check_usable(call, method, customer_id)
    refusal = payment_methods.card_of(method).refuses_setup
    if refusal is not None:
        raise CardDeclined(refusal.message, code=refusal.code, param=refusal.param, decline_code=refusal.decline_code)
    attach_to(call, method, customer_id)


def attach_to(call: Call, method: JsonObject, customer_id: str) -> None:
    if method["customer"] == customer_id:
        return
    method["customer"] = customer_id
    call.store.save(method)
    emit(call, "payment_method.attached", method)


def release(call: Call, method: JsonObject) -> None:
    """Detached: nobody's, and never to be used again."""
    before = dict(method)
    method["customer"] = None
    call.store.save(method)
    spend(call, method)
    emit(call, "payment_method.detached", method, before=before)


def check_usable(call: Call, method: JsonObject, customer_id: str | None) -> None:
    """Raises InvalidRequest for another customer's method, and for one that was used up."""
    if method["customer"] is not None and method["customer"] != customer_id:
        owner = method["customer"]
        raise InvalidRequest(
            f"The PaymentMethod {method['id']} belongs to the Customer {owner}. Please include the Customer in the "
            "`customer` parameter.",
            param="payment_method",
        )
    if _memory(call, method).get("spent"):
        raise InvalidRequest(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was "
            "detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must "
            "attach it to a Customer first.",
            param="payment_method",
        )


def spend(call: Call, method: JsonObject) -> None:
    call.store.save({**_memory(call, method), "spent": True})


def set_up(call: Call, method: JsonObject) -> None:
    """Its owner was asked for later payments too."""
    call.store.save({**_memory(call, method), "set_up": True})


def is_set_up(call: Call, method: JsonObject) -> bool:
    return bool(_memory(call, method).get("set_up"))


def _memory(call: Call, method: JsonObject) -> JsonObject:
    memory_id = f"{method['id']}_memory"
    return call.store.get(memory_id) or {"id": memory_id, "object": "kept_method"}
