"""Refunds: asked for, approved and rejected."""

from payments.api.examples.payments import PAYMENT
from payments.api.examples.values import MANAGER, REFUND_ID, SECOND_MANAGER, Json, eur

REFUND_REQUEST: Json = {"amount": eur(1800), "reason": "crown was not fitted", "register_id": "reg-front"}
APPROVAL_REQUEST: Json = {"reason": "seen with the dentist"}
REJECTION_REQUEST: Json = {"reason": "the crown was fitted on Friday"}

REFUND: Json = {
    "refund_id": REFUND_ID,
    "amount": eur(1800),
    "reason": "crown was not fitted",
    "status": "settled",
    "register_id": "reg-front",
    "failure": None,
    "refunded_at": "2026-11-20T10:10:00Z",
    "refunded_by": MANAGER,
    "decided_at": None,
    "decided_by": None,
    "decision_reason": None,
    "bank_transaction_id": None,
    "receipt_number": "R-clinic-berlin-000108",
}
REFUNDED: Json = {
    **PAYMENT,
    "version": 2,
    "status": "partly_refunded",
    "refunded": eur(1800),
    "settled": eur(3200),
    "refunds": [REFUND],
    "changed_at": "2026-11-20T10:10:00Z",
    "changed_by": MANAGER,
}
AWAITING_APPROVAL: Json = {
    **PAYMENT,
    "version": 2,
    "refunds": [{**REFUND, "status": "awaiting_approval", "receipt_number": None}],
    "changed_at": "2026-11-20T10:10:00Z",
    "changed_by": MANAGER,
}
_DECIDED = {"decided_at": "2026-11-20T11:02:00Z", "decided_by": SECOND_MANAGER}
_LATER = {"version": 3, "changed_at": "2026-11-20T11:02:00Z", "changed_by": SECOND_MANAGER}
APPROVED: Json = {
    **REFUNDED,
    **_LATER,
    "refunds": [
        {**REFUND, **_DECIDED, "refunded_at": "2026-11-20T11:02:00Z", "decision_reason": "seen with the dentist"}
    ],
}
REJECTED: Json = {
    **PAYMENT,
    **_LATER,
    "refunds": [
        {
            **REFUND,
            **_DECIDED,
            "status": "rejected",
            "decision_reason": "the crown was fitted on Friday",
            "receipt_number": None,
        }
    ],
}
