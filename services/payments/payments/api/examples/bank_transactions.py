"""Bank transactions, and what a person does with them."""

from payments.api.examples.values import (
    BANK_STATEMENT_ID,
    CLINIC,
    EUR_50,
    INVOICE,
    OTHER_PATIENT,
    PATIENT,
    PAYMENT_ID,
    REFUND_ID,
    RULES,
    TRANSACTION_ID,
    Json,
    eur,
)

MATCH: Json = {
    "shares": [
        {"patient_id": PATIENT, "invoice_id": INVOICE, "amount": EUR_50},
        {"patient_id": OTHER_PATIENT, "amount": eur(2500)},
    ]
}
REASON: Json = {"reason": "the payer called: it is for their son"}
GIVE_BACK: Json = {"payment_id": PAYMENT_ID, "refund_id": REFUND_ID}

_SHARE: Json = {
    "patient_id": PATIENT,
    "invoice_id": INVOICE,
    "amount": EUR_50,
    "payment_id": PAYMENT_ID,
    "part": "patient",
}
TRANSACTION: Json = {
    "transaction_id": TRANSACTION_ID,
    "clinic_id": CLINIC,
    "bank_statement_id": BANK_STATEMENT_ID,
    "account": "DE02120300000000202051",
    "version": 2,
    "status": "matched",
    "booked_on": "2026-11-20",
    "value_on": "2026-11-20",
    "amount": EUR_50,
    "credit": True,
    "reversal": False,
    "bank_reference": "2026112000017",
    "end_to_end_id": "NOTPROVIDED",
    "text": "RF18539007547034",
    "counterparty_name": "A. Example",
    "counterparty_iban": "DE89370400440532013000",
    "charges": None,
    "decision": {"rule": "reference", "score": 100, "reason": "names B-2026-000107; pays it", "shares": [_SHARE]},
    "proposals": [],
    "reverses": None,
    "payout_id": None,
    "deposit_id": None,
    "suspected_duplicate": None,
    "gives_back": None,
    "history": [
        {
            "at": "2026-11-21T08:00:01Z",
            "by": RULES,
            "command": "match",
            "reason": "names B-2026-000107; pays it",
            "shares": [_SHARE],
        }
    ],
}
