"""Disputes: a customer's bank takes a payment back, or asks first; evidence, and how it ends.

What was lost may be won later: the cardholder withdraws it, or an appeal succeeds. What is prevented never becomes a
chargeback (docs.stripe.com/disputes/prevention): it is blocked, and nothing moves, or resolved, and the cardholder gets
the money without a dispute fee.
"""

from dataclasses import dataclass
from typing import Literal

from dev.stripe_sandbox import balance
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject, UnexpectedState
from dev.stripe_sandbox.events import emit

FEE = 1_500  # minor units; kept whoever wins
REASONS = (
    "bank_cannot_process",
    "check_returned",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "noncompliant",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
)
_ANSWER_WITHIN_S = 10 * 24 * 3600
_OPEN = (
    "needs_response",
    "under_review",
    "warning_needs_response",
    "warning_under_review",
    "appeal_needs_response",
    "appeal_under_review",
)
CaseType = Literal["chargeback", "inquiry", "block", "resolution"]
PREVENTED: tuple[CaseType, ...] = ("block", "resolution")
_TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
_FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)


@dataclass(frozen=True, slots=True)
class Presented:
    """What the cardholder was charged in their own currency, in which they dispute it."""

    currency: str
    amount: int


def raise_on(
    call: Call,
    charge: JsonObject,
    *,
    amount: int,
    reason: str,
    case_type: CaseType = "chargeback",
    presented: Presented | None = None,
) -> JsonObject:
    """Opens one. Raises UnexpectedState for a charge with nothing to take back."""
    left = charge["amount_captured"] - charge["amount_refunded"] if presented is None else presented.amount
    if charge["disputed"] or charge["status"] != "succeeded":
        raise UnexpectedState(f"Charge {charge['id']} cannot be disputed now.")
    if not 0 < amount <= left:
        raise InvalidRequest(f"A dispute is of 1 to {left}.", param="amount")
    if presented is not None:
        shown = {"presentment_amount": presented.amount, "presentment_currency": presented.currency}
        charge["presentment_details"] = shown
    dispute = _blank(call, charge, amount, reason, case_type)
    takes = case_type in ("chargeback", "resolution")
    if takes:
        _withdraw(call, dispute, charge, fee=FEE if case_type == "chargeback" else 0)
    call.store.save(dispute)
    before = dict(charge)
    charge["disputed"] = True
    call.store.save(charge)
    emit(call, "charge.dispute.created", dispute)
    if takes:
        emit(call, "charge.dispute.funds_withdrawn", dispute)
    emit(call, "charge.updated", charge, before=before)
    return dispute


def update(call: Call) -> JsonObject:
    """Evidence. As in Stripe's test mode `uncategorized_text` may decide the case (`winning_evidence`, …)."""
    dispute = call.named("dispute")
    params = call.params
    params.only("evidence", "metadata", "submit")
    before = dict(dispute)
    dispute["metadata"] = params.metadata(dispute["metadata"])
    evidence = params.nested("evidence")
    evidence.only(*_TEXTS)
    if "evidence" in params:
        _require_open(dispute, "update")
        dispute["evidence"] = {**dispute["evidence"], **{name: evidence.text(name) for name in evidence}}
        submitted = params.flag("submit", default=True)
        _keep_evidence(dispute, submitted=submitted)
    call.store.save(dispute)
    emit(call, "charge.dispute.updated", dispute, before=before)
    if "evidence" in params and submitted:
        _judge(call, dispute, evidence.text("uncategorized_text"))
    return dispute


def close(call: Call) -> JsonObject:
    """The merchant gives in."""
    dispute = call.named("dispute")
    call.params.only()
    _require_open(dispute, "close")
    decide(call, dispute, won=False)
    return dispute


def decide(call: Call, dispute: JsonObject, *, won: bool) -> None:
    """The bank's last word. An inquiry ends without money having moved."""
    _require_open(dispute, "close")
    if dispute["status"].startswith("warning"):
        _end(call, dispute, "warning_closed")
    else:
        _end(call, dispute, "won" if won else "lost")


def appeal(call: Call, dispute: JsonObject) -> None:
    """What was lost goes to the card network once more. The money stays where it is until that is decided."""
    _require_lost(dispute, "appeal")
    before = dict(dispute)
    dispute["status"] = "appeal_under_review"
    call.store.save(dispute)
    emit(call, "charge.dispute.updated", dispute, before=before)


def withdraw(call: Call, dispute: JsonObject) -> None:
    """The cardholder takes back what they have won already."""
    _require_lost(dispute, "withdraw")
    _end(call, dispute, "won")


def _end(call: Call, dispute: JsonObject, status: str) -> None:
    dispute["status"] = status
    if status == "won":
        _reinstate(call, dispute)
    call.store.save(dispute)
    emit(call, "charge.dispute.closed", dispute)
    if status == "won":
        emit(call, "charge.dispute.funds_reinstated", dispute)


def escalate(call: Call, dispute: JsonObject) -> None:
    """An inquiry becomes a dispute that takes the money."""
    if not dispute["status"].startswith("warning") or dispute["status"] == "warning_closed":
        raise UnexpectedState(f"Dispute {dispute['id']} is no open inquiry.")
    before = dict(dispute)
    card = {**dispute["payment_method_details"]["card"], "case_type": "chargeback"}
    dispute.update(status="needs_response", is_charge_refundable=False)
    dispute["payment_method_details"] = {"type": "card", "card": card}
    _withdraw(call, dispute, call.find("charge", dispute["charge"], param="charge"), fee=FEE)
    call.store.save(dispute)
    emit(call, "charge.dispute.updated", dispute, before=before)
    emit(call, "charge.dispute.funds_withdrawn", dispute)


def blocks_refund(call: Call, charge: JsonObject) -> bool:
    if not charge["disputed"]:
        return False
    found = call.store.select("dispute", ["json_extract(body, '$.charge') = ?"], [charge["id"]], limit=1)
    return not all(dispute["is_charge_refundable"] for _, dispute in found)


def _keep_evidence(dispute: JsonObject, *, submitted: bool) -> None:
    details = {**dispute["evidence_details"], "has_evidence": True}
    if submitted:
        details.update(submission_count=details["submission_count"] + 1, submission_method="manual")
        inquiry = dispute["status"].startswith("warning")
        dispute["status"] = "warning_under_review" if inquiry else "under_review"
    dispute["evidence_details"] = details


def _judge(call: Call, dispute: JsonObject, text: str | None) -> None:
    if text in ("winning_evidence", "losing_evidence"):
        decide(call, dispute, won=text == "winning_evidence")
    elif text == "escalate_inquiry_evidence":
        escalate(call, dispute)


def _require_open(dispute: JsonObject, verb: str) -> None:
    if dispute["status"] not in _OPEN:
        raise UnexpectedState(f"You cannot {verb} this dispute because it has a status of {dispute['status']}.")


def _require_lost(dispute: JsonObject, verb: str) -> None:
    if dispute["status"] != "lost":
        raise UnexpectedState(f"You cannot {verb} this dispute because it has a status of {dispute['status']}.")


def _withdraw(call: Call, dispute: JsonObject, charge: JsonObject, *, fee: int) -> None:
    """Amount and fee leave the balance, in the currency that was charged."""
    amount = dispute["amount"]
    if dispute["currency"] != charge["currency"]:
        amount = charge["amount"] * amount // charge["presentment_details"]["presentment_amount"]
    withdrawn = balance.book(
        call,
        {**dispute, "currency": charge["currency"]},
        -amount,
        "adjustment",
        fee=fee,
        category="dispute",
        description=f"Chargeback withdrawal for {dispute['charge']}",
        fee_description="Dispute fee",
    )
    dispute["balance_transactions"] = [*dispute["balance_transactions"], withdrawn]


def _reinstate(call: Call, dispute: JsonObject) -> None:
    [*_, withdrawn] = dispute["balance_transactions"]
    back = balance.book(
        call,
        {**dispute, "currency": withdrawn["currency"]},
        -withdrawn["amount"],
        "adjustment",
        category="dispute_reversal",
        description=f"Chargeback reversal for {dispute['charge']}",
    )
    dispute["balance_transactions"] = [*dispute["balance_transactions"], back]
    dispute["is_charge_refundable"] = True


_FIRST_STATUS: dict[CaseType, str] = {
    "chargeback": "needs_response",
    "inquiry": "warning_needs_response",
    "block": "prevented",
    "resolution": "prevented",
}


def _blank(call: Call, charge: JsonObject, amount: int, reason: str, case_type: CaseType) -> JsonObject:
    brand = charge["payment_method_details"]["card"]["brand"]
    presented = charge.get("presentment_details")
    card = {"brand": brand, "case_type": case_type, "network": brand, "network_reason_code": "10.4"}
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"] if presented is None else presented["presentment_currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys((*_TEXTS, *_FILES)), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now + _ANSWER_WITHIN_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": case_type in ("inquiry", "block"),
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": "card", "card": card},
        "reason": reason,
        "status": _FIRST_STATUS[case_type],
    }
