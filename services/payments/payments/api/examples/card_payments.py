"""Card payments."""

from payments.api.examples.payments import PAYMENT
from payments.api.examples.values import CARD_ID, CLINIC, EUR_50, INVOICE, PATIENT, Json, eur

_MONEY: Json = {"clinic_id": CLINIC, "patient_id": PATIENT, "invoice_id": INVOICE}
ENTERED_AT_THE_DESK: Json = {**_MONEY, "amount": EUR_50}
BY_LINK: Json = {
    **_MONEY,
    "next_instalment": True,
    "checkout": {"success_url": "https://clinic.example/thanks?session={CHECKOUT_SESSION_ID}"},
}
ON_FILE: Json = {**_MONEY, "amount": EUR_50, "card_on_file": {"card_id": CARD_ID, "agreed": "in_person"}}

CARD_PENDING: Json = {
    **PAYMENT,
    "method": "card",
    "status": "pending",
    "settled": eur(0),
    "receipt_number": None,
    "register_id": None,
    "tendered": None,
    "change": None,
    "card_payment_intent_id": "pi_3Q8sLf2eZvKYlo2C0mPw4rTb",
    "settled_at": None,
    "next_step": "enter_card",
}
CARD_CANCELED: Json = {
    **CARD_PENDING,
    "version": 3,
    "status": "canceled",
    "failure": {"code": "canceled", "message": "The card payment was canceled."},
    "changed_at": "2026-11-20T09:24:02Z",
    "next_step": None,
    "cancel_requested_at": "2026-11-20T09:24:00Z",
}
CARD_PAYMENT_STARTED: Json = {
    "payment": CARD_PENDING,
    "client_secret": "pi_3Q8sLf2eZvKYlo2C0mPw4rTb_secret_only-for-this-browser",
    "checkout": None,
}
