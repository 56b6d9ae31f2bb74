"""Disputes: a customer's bank takes a payment back, or asks first; evidence, and how it ends."""

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
_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
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


def raise_on(call: Call, charge: JsonObject, *, amount: int, reason: str, inquiry: bool) -> JsonObject:
    """Opens one. Raises UnexpectedState for a charge with nothing to take back."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] or charge["status"] != "succeeded":
        raise UnexpectedState(f"Charge {charge['id']} cannot be disputed now.")
    if not 0 < amount <= left:
        raise InvalidRequest(f"A dispute is of 1 to {left}.", param="amount")
    dispute = _blank(call, charge, amount, reason, inquiry)
    if not inquiry:
        _withdraw(call, dispute)
    call.store.save(dispute)
    before = dict(charge)
    charge["disputed"] = True
    call.store.save(charge)
    emit(call, "charge.dispute.created", dispute)
    if not inquiry:
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
        dispute["status"] = "warning_closed"
    else:
        dispute["status"] = "won" if won else "lost"
    if dispute["status"] == "won":
        _reinstate(call, dispute)
    call.store.save(dispute)
    emit(call, "charge.dispute.closed", dispute)
    if dispute["status"] == "won":
        emit(call, "charge.dispute.funds_reinstated", dispute)


def escalate(call: Call, dispute: JsonObject) -> None:
    """An inquiry becomes a dispute that takes the money."""
    if not dispute["status"].startswith("warning") or dispute["status"] == "warning_closed":
        raise UnexpectedState(f"Dispute {dispute['id']} is no open inquiry.")
    before = dict(dispute)
    card = {**dispute["payment_method_details"]["card"], "case_type": "chargeback"}
    dispute.update(status="needs_response", is_charge_refundable=False)
    dispute["payment_method_details"] = {"type": "card", "card": card}
    _withdraw(call, dispute)
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


def _withdraw(call: Call, dispute: JsonObject) -> None:
    """Amount and fee leave the balance."""
    withdrawn = balance.book(
        call,
        dispute,
        -dispute["amount"],
        "adjustment",
        fee=FEE,
        category="dispute",
        description=f"Chargeback withdrawal for {dispute['charge']}",
        fee_description="Dispute fee",
    )
    dispute["balance_transactions"] = [*dispute["balance_transactions"], withdrawn]


def _reinstate(call: Call, dispute: JsonObject) -> None:
    back = balance.book(
        call,
        dispute,
        dispute["amount"],
        "adjustment",
        category="dispute_reversal",
        description=f"Chargeback reversal for {dispute['charge']}",
    )
    dispute["balance_transactions"] = [*dispute["balance_transactions"], back]
    dispute["is_charge_refundable"] = True


def _blank(call: Call, charge: JsonObject, amount: int, reason: str, inquiry: bool) -> JsonObject:
    brand = charge["payment_method_details"]["card"]["brand"]
    case_type = "inquiry" if inquiry else "chargeback"
    card = {"brand": brand, "case_type": case_type, "network": brand, "network_reason_code": "10.4"}
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
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
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": "card", "card": card},
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
