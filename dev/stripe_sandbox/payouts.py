"""Payouts: the balance goes to the bank, with every movement that it consists of."""

from dev.stripe_sandbox import balance, money
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import JsonObject, UnexpectedState
from dev.stripe_sandbox.events import emit

_ON_THE_WAY_S = 24 * 3600
_BANK_ACCOUNT = "ba_sandbox0000000000000000"


def make(call: Call, currency: str) -> JsonObject:
    """An automatic payout of all that is available, in units that a bank takes.

    Raises UnexpectedState where that is nothing, or a debt.
    """
    parts = balance.unpaid(call, currency)
    amount = money.paid_out(balance.available(call, currency), currency)
    if amount <= 0:
        message = f"You have insufficient funds in your Stripe account: {amount} {currency}."
        raise UnexpectedState(message, code="balance_insufficient")
    payout = _blank(call, amount, currency)
    booked = balance.book(call, payout, -amount, "payout")
    payout["balance_transaction"] = booked["id"]
    call.store.save(payout)
    call.store.pay_out(payout["id"], [part["id"] for part in (*parts, booked)])
    emit(call, "payout.created", payout)
    before = dict(payout)
    payout.update(status="in_transit", reconciliation_status="completed")
    call.store.save(payout)
    emit(call, "payout.updated", payout, before=before)
    emit(call, "payout.reconciliation_completed", payout)
    return payout


def settle(call: Call, payout: JsonObject, *, succeeded: bool) -> None:
    """The bank's answer; a payout shown as paid can still come back. What came back is in the next one."""
    if payout["status"] != "in_transit" and (succeeded or payout["status"] != "paid"):
        raise UnexpectedState(f"Payout {payout['id']} has a status of {payout['status']}.")
    if succeeded:
        payout["status"] = "paid"
    else:
        back = balance.book(call, payout, payout["amount"], "payout_failure")
        payout.update(
            status="failed",
            failure_balance_transaction=back["id"],
            failure_code="account_closed",
            failure_message="The bank account has been closed.",
        )
    call.store.save(payout)
    emit(call, f"payout.{payout['status']}", payout)


def _blank(call: Call, amount: int, currency: str) -> JsonObject:
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": call.now + _ON_THE_WAY_S,
        "automatic": True,
        "balance_transaction": None,
        "created": call.now,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": _BANK_ACCOUNT,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }
