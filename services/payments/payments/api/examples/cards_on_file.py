"""Cards on file, and what they are charged for."""

from payments.api.examples.values import CARD_ID, CLINIC, EUR_50, FRONT_DESK, INVOICE, PATIENT, Json

KEEP_AT_THE_DESK: Json = {
    "clinic_id": CLINIC,
    "patient_id": PATIENT,
    "consent": {"text_version": "2026-03", "given_by": "patient"},
}
KEEP_BY_LINK: Json = {
    "clinic_id": CLINIC,
    "patient_id": PATIENT,
    "consent": {"text_version": "2026-03", "given_by": "representative"},
    "link": {"success_url": "https://clinic.example/card-kept"},
}

CARD_ON_FILE: Json = {
    "card_id": CARD_ID,
    "clinic_id": CLINIC,
    "patient_id": PATIENT,
    "version": 3,
    "status": "active",
    "consent": {
        "text_version": "2026-03",
        "given_by": "patient",
        "given_at": "2026-11-20T09:18:00Z",
        "recorded_by": FRONT_DESK,
    },
    "details": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2029},
    "revoked_at": None,
    "created_at": "2026-11-20T09:18:00Z",
    "changed_at": "2026-11-20T09:19:12Z",
    "changed_by": {"actor_id": "stripe", "name": None, "role": "system"},
}
CARD_SETUP: Json = {
    "card": {**CARD_ON_FILE, "version": 2, "status": "pending", "details": None},
    "client_secret": "seti_1Q8sLf2eZvKYlo2C_secret_only-for-this-browser",
    "url": None,
}
CARD_CHARGE: Json = {
    "charge_id": "chg_4b7d20c9f1e84a65b3d07c58a2e96f14",
    "clinic_id": CLINIC,
    "patient_id": PATIENT,
    "invoice_id": INVOICE,
    "instalment": 2,
    "due_on": "2026-12-20",
    "card_id": CARD_ID,
    "version": 1,
    "status": "announced",
    "amount": EUR_50,
    "charge_on": "2026-12-21",
    "attempts": 0,
    "payment_id": None,
    "failure": None,
    "changed_at": "2026-12-17T09:00:00Z",
}
