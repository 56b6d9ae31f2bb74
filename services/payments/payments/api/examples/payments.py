"""Payments and refunds."""

from payments.api.examples.values import CLINIC, EUR_50, FRONT_DESK, INVOICE, PATIENT, PAYMENT_ID, Json, eur

_MONEY: Json = {"clinic_id": CLINIC, "patient_id": PATIENT, "invoice_id": INVOICE, "amount": EUR_50}
CASH: Json = {**_MONEY, "method": "cash", "register_id": "reg-front", "tendered": eur(6000)}
TRANSFER: Json = {
    **_MONEY,
    "method": "bank_transfer",
    "reference": "RF18539007547034",
    "received_on": "2026-11-20",
}
CHEQUE: Json = {**_MONEY, "method": "cheque", "reference": "000417"}
TERMINAL: Json = {**_MONEY, "amount": "all_due", "method": "card_terminal", "reference": "0093 / 418822"}

PAYMENT: Json = {
    "payment_id": PAYMENT_ID,
    "clinic_id": CLINIC,
    "patient_id": PATIENT,
    "invoice_id": INVOICE,
    "version": 1,
    "method": "cash",
    "status": "settled",
    "currency": "EUR",
    "amount": EUR_50,
    "refunded": eur(0),
    "settled": EUR_50,
    "receipt_number": "R-clinic-berlin-000107",
    "register_id": "reg-front",
    "tendered": eur(6000),
    "change": eur(1000),
    "rounding": None,
    "reference": None,
    "received_on": None,
    "card_payment_intent_id": None,
    "bank_transaction_id": None,
    "refunds": [],
    "failure": None,
    "received_at": "2026-11-20T09:20:00Z",
    "settled_at": "2026-11-20T09:20:00Z",
    "changed_at": "2026-11-20T09:20:00Z",
    "changed_by": FRONT_DESK,
    "part": "patient",
    "taken_by": FRONT_DESK,
    "next_step": None,
    "cancel_requested_at": None,
    "fee": None,
    "disputes": [],
    "beside": [],
    "replaced_by": None,
}
