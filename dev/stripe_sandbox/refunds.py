"""Refunds: of a charge or of a payment intent's charge, together never more than was paid."""

from dev.stripe_sandbox import balance, disputes, money, payment_methods
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject, UnexpectedState
from dev.stripe_sandbox.events import emit


def create(call: Call) -> JsonObject:
    params = call.params
    params.only("amount", "charge", "metadata", "payment_intent", "reason")
    charge = _charge(call)
    refund = _refund(call, charge, _amount(call, charge))
    method = call.find("payment_method", charge["payment_method"], param="payment_method")
    pending = payment_methods.card_of(method).refund_settles_later
    refund["status"] = "pending" if pending else "succeeded"
    _book(call, refund, -refund["amount"], "refund")
    call.store.save(refund)
    _add_refunded(call, charge, refund["amount"])
    emit(call, "refund.created", refund)
    emit(call, "charge.refunded", charge)
    return refund


def update(call: Call) -> JsonObject:
    refund = call.named("refund")
    call.params.only("metadata")
    before = dict(refund)
    refund["metadata"] = call.params.metadata(refund["metadata"])
    call.store.save(refund)
    _tell(call, refund, before)
    return refund


def cancel(call: Call) -> JsonObject:
    """Only of a refund that waits for the customer, as at Stripe."""
    refund = call.named("refund")
    call.params.only()
    if refund["status"] != "requires_action":
        raise UnexpectedState(f"Refund {refund['id']} has a status of {refund['status']}: it cannot be canceled.")
    before = dict(refund)
    refund["status"] = "canceled"
    _give_back(call, refund)
    _tell(call, refund, before)
    return refund


def ask_customer(call: Call, refund: JsonObject) -> None:
    """The money has nowhere to go until the customer says so."""
    if refund["status"] != "pending":
        raise UnexpectedState(f"Refund {refund['id']} has a status of {refund['status']}.")
    before = dict(refund)
    refund["status"] = "requires_action"
    call.store.save(refund)
    _tell(call, refund, before)


def settle(call: Call, refund: JsonObject, *, succeeded: bool) -> None:
    """The bank's answer. What succeeded may still fail; a refund that failed gives the amount back to the charge."""
    if refund["status"] not in ("pending", "requires_action") and (succeeded or refund["status"] != "succeeded"):
        raise UnexpectedState(f"Refund {refund['id']} has a status of {refund['status']}.")
    before = dict(refund)
    if succeeded:
        refund["status"] = "succeeded"
        call.store.save(refund)
    else:
        refund.update(status="failed", failure_reason="expired_or_canceled_card")
        _give_back(call, refund)
    _tell(call, refund, before)
    if not succeeded:
        emit(call, "refund.failed", refund)


def _give_back(call: Call, refund: JsonObject) -> None:
    _book(call, refund, refund["amount"], "refund_failure", field="failure_balance_transaction")
    call.store.save(refund)
    charge = call.find("charge", refund["charge"], param="charge")
    _add_refunded(call, charge, -refund["amount"])


def _tell(call: Call, refund: JsonObject, before: JsonObject) -> None:
    emit(call, "refund.updated", refund, before=before)
    emit(call, "charge.refund.updated", refund, before=before)


def _charge(call: Call) -> JsonObject:
    charge_id, intent_id = call.params.text("charge"), call.params.text("payment_intent")
    if charge_id is None:
        if intent_id is None:
            message = "One of the following params should be provided for this request: payment_intent or charge."
            raise InvalidRequest(message, code="parameter_missing")
        charge_id = call.find("payment_intent", intent_id, param="payment_intent")["latest_charge"]
    charge = None if charge_id is None else call.find("charge", charge_id, param="charge")
    if charge is None or charge["status"] != "succeeded":
        owner = intent_id if charge is None else charge["payment_intent"]
        raise UnexpectedState(f"This PaymentIntent ({owner}) does not have a successful charge to refund.")
    if disputes.blocks_refund(call, charge):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise UnexpectedState(message, code="charge_disputed", charge=charge["id"])
    return charge


def _amount(call: Call, charge: JsonObject) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise UnexpectedState(message, code="charge_already_refunded", charge=charge["id"])
    given = call.params.integer("amount")
    amount = left if given is None else given
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise InvalidRequest(message, code="parameter_invalid_integer", param="amount")
    money.check_step(amount, charge["currency"])
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise UnexpectedState(message, param="amount")
    return amount


def _refund(call: Call, charge: JsonObject, amount: int) -> JsonObject:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "description": None,
        "destination_details": {"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        "metadata": call.params.metadata({}),
        "payment_intent": charge["payment_intent"],
        "reason": call.params.choice("reason", "duplicate", "fraudulent", "requested_by_customer"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": None,
        "transfer_reversal": None,
    }


def _book(call: Call, refund: JsonObject, amount: int, category: str, *, field: str = "balance_transaction") -> None:
    refund[field] = balance.book(call, refund, amount, category)["id"]


def _add_refunded(call: Call, charge: JsonObject, amount: int) -> None:
    refunded = charge["amount_refunded"] + amount
    charge.update(amount_refunded=refunded, refunded=refunded == charge["amount"])
    call.store.save(charge)
