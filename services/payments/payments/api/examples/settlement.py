"""A day's settlement."""

from payments.api.examples.values import CLINIC, EUR_50, FRONT_DESK, TRANSACTION_ID, Json, eur

_NOTHING: Json = {"count": 0, "amount": eur(0)}
SUMS: Json = {
    "currency": "EUR",
    "received": {"count": 1, "amount": EUR_50},
    "refunded": {"count": 1, "amount": eur(-1800)},
    **dict.fromkeys(("returned", "disputed", "won", "reversed", "rounded", "fee"), _NOTHING),
    "net": eur(3200),
}
SETTLEMENT: Json = {
    "clinic_id": CLINIC,
    "date": "2026-11-20",
    "time_zone": "Europe/Berlin",
    "begin": "2026-11-19T23:00:00Z",
    "end": "2026-11-20T23:00:00Z",
    "by_method": [{**SUMS, "method": "cash"}],
    "by_user": [{**SUMS, "user": FRONT_DESK}],
    "receipts": {"count": 1, "first": "R-clinic-berlin-000107", "last": "R-clinic-berlin-000107", "missing": []},
    "stripe": [],
    "fees": [],
    "stripe_fees": [],
    "stripe_as_of": "2026-11-20T23:00:00Z",
    "bank": [
        {
            "ours": eur(0),
            "theirs": EUR_50,
            "difference": EUR_50,
            "explained": True,
            "lines": [{"why": "unmatched", "amount": EUR_50, "payment_id": None, "other_id": TRANSACTION_ID}],
        }
    ],
    "sent_back": [],
}
