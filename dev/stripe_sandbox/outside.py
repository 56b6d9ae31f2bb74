"""What the customer and the bank do to what the sandbox holds, when the caller of a control route says so."""

from dataclasses import replace

from dev.stripe_sandbox import checkout, confirmation, disputes, money, payouts, refunds, setup_intents
from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.errors import JsonObject


def answer_challenge(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    confirmation.authenticate(call, intent, passed=_succeeded(call))
    checkout.follow(call, intent)
    return intent


def answer_setup_challenge(call: Call) -> JsonObject:
    setup = call.named("setup_intent")
    setup_intents.authenticate(call, setup, passed=_succeeded(call))
    checkout.follow(call, setup)
    return setup


def settle_payment(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    confirmation.settle(call, intent, succeeded=_succeeded(call))
    checkout.follow(call, intent)
    return intent


def settle_refund(call: Call) -> JsonObject:
    refund = call.named("refund")
    refunds.settle(call, refund, succeeded=_succeeded(call))
    return refund


def ask_for_refund(call: Call) -> JsonObject:
    refund = call.named("refund")
    refunds.ask_customer(call, refund)
    return refund


def dispute_charge(call: Call) -> JsonObject:
    """`prevented`: block or resolution. `currency` and `charged`: the cardholder's, and the whole charge in it."""
    call.params.only("amount", "charged", "currency", "inquiry", "prevented", "reason")
    charge = call.named("charge")
    amount = call.params.integer("amount")
    reason = call.params.choice("reason", *disputes.REASONS) or "fraudulent"
    presented = _presented(call)
    left = charge["amount_captured"] - charge["amount_refunded"] if presented is None else presented.amount
    case_type: disputes.CaseType = "inquiry" if call.params.flag("inquiry") else "chargeback"
    prevented = call.params.choice("prevented", *disputes.PREVENTED)
    return disputes.raise_on(
        call,
        charge,
        amount=left if amount is None else amount,
        reason=reason,
        case_type=next((kind for kind in disputes.PREVENTED if kind == prevented), case_type),
        presented=presented,
    )


def _presented(call: Call) -> disputes.Presented | None:
    currency, charged = call.params.text("currency"), call.params.integer("charged")
    if currency is None or charged is None:
        return None
    return disputes.Presented(money.check_currency(currency), charged)


def close_dispute(call: Call) -> JsonObject:
    dispute = call.named("dispute")
    disputes.decide(call, dispute, won=call.params.choice("outcome", "won", "lost") != "lost")
    return dispute


def appeal_dispute(call: Call) -> JsonObject:
    dispute = call.named("dispute")
    disputes.appeal(call, dispute)
    return dispute


def withdraw_dispute(call: Call) -> JsonObject:
    dispute = call.named("dispute")
    disputes.withdraw(call, dispute)
    return dispute


def escalate_dispute(call: Call) -> JsonObject:
    dispute = call.named("dispute")
    disputes.escalate(call, dispute)
    return dispute


def pay_out(call: Call) -> JsonObject:
    """outcome=paid (the default), failed, or in_transit, which is settled later."""
    call.params.only("currency", "outcome")
    payout = payouts.make(call, money.check_currency(call.params.text("currency") or "eur"))
    outcome = call.params.choice("outcome", "paid", "failed", "in_transit") or "paid"
    if outcome != "in_transit":
        payouts.settle(call, payout, succeeded=outcome == "paid")
    return payout


def settle_payout(call: Call) -> JsonObject:
    payout = call.named("payout")
    payouts.settle(call, payout, succeeded=_succeeded(call))
    return payout


def let_time_pass(call: Call) -> JsonObject:
    """What is due by then happens at once."""
    call.params.only("seconds")
    seconds = call.params.integer("seconds") or 0
    call.store.let_pass(seconds)
    happen(replace(call, now=call.store.now()))
    return {"now": call.store.now()}


def happen(call: Call) -> bool:
    """Whatever time does by itself; whether anything happened."""
    return checkout.expire_due(call)


def _succeeded(call: Call) -> bool:
    """outcome=succeeded (the default) or failed."""
    return call.params.choice("outcome", "succeeded", "failed") != "failed"
