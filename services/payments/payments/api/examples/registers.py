"""Cash beside the registers, and beside the bank."""

from payments.api.examples.values import CLINIC, EUR_50, TRANSACTION_ID, Json, eur

AGREEMENT: Json = {
    "clinic_id": CLINIC,
    "date": "2026-11-20",
    "agrees": False,
    "registers": [{"register_id": "reg-front", "ours": eur(5500), "theirs": EUR_50}],
    "differences": [
        {
            "why": "not-in-the-register",
            "register_id": "reg-front",
            "kind": "payment",
            "payment_id": "pay_2c0d9f1e8b7a4c5d9e6f1a2b3c4d5e6f",
            "receipt_number": "R-clinic-berlin-000108",
            "ours": eur(500),
            "theirs": eur(0),
        }
    ],
}
DEPOSITS: Json = {
    "clinic_id": CLINIC,
    "deposits": [
        {
            "deposit_id": "mov_5f0c9d5e2a7b4c1d8e6f3a2b1c0d9e8f",
            "register_id": "reg-front",
            "date": "2026-11-20",
            "amount": eur(50_000),
            "status": "matched",
            "bank_transaction_id": TRANSACTION_ID,
            "booked_on": "2026-11-23",
        }
    ],
    "unknown": [],
}
