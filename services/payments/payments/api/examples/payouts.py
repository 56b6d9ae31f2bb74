"""Payouts of Stripe."""

from payments.api.examples.values import CLINIC, EUR_50, PAYMENT_ID, Json, eur

PAYOUT: Json = {
    "payout_id": "po_1Q9aXk2eZvKYlo2CqWs7bN4d",
    "status": "paid",
    "amount": eur(4845),
    "created_at": "2026-11-22T02:00:00Z",
    "arrives_on": "2026-11-24",
    "state": "matched",
    "parts": [
        {
            "clinic_id": CLINIC,
            "charges": EUR_50,
            "refunds": eur(0),
            "disputes": eur(0),
            "other": eur(0),
            "fees": eur(155),
            "net": eur(4845),
            "count": 1,
        }
    ],
    "differences": [],
    "checked_at": "2026-11-22T02:05:00Z",
}
MOVEMENT: Json = {
    "movement_id": "txn_1Q8sLg2eZvKYlo2CkR5tY9pm",
    "clinic_id": CLINIC,
    "payment_id": PAYMENT_ID,
    "kind": "charge",
    "amount": EUR_50,
    "fee": eur(155),
    "net": eur(4845),
}
