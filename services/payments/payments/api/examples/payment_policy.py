"""A clinic's payment settings."""

from payments.api.examples.values import CLINIC, Json, eur

SETTINGS: Json = {
    "refund_limits": [{"role": "billing_manager", "amount": eur(20000)}],
    "calendar": {
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "subdivision": "BY",
        "sets": ["catholic"],
        "own_days": ["12-24"],
    },
    "retry_days": [3, 7],
}
SETTINGS_REQUEST: Json = {**SETTINGS, "reason": "limits agreed with the owners"}
SETTINGS_SHOWN: Json = {**SETTINGS, "clinic_id": CLINIC, "version": 4}
