"""A day at the front desk, as the API documents show it."""

from pydantic.config import JsonDict

EUR_200: JsonDict = {"amount_minor": 20_000, "currency": "EUR"}
EUR_255: JsonDict = {"amount_minor": 25_500, "currency": "EUR"}
EUR_55: JsonDict = {"amount_minor": 5_500, "currency": "EUR"}
NOTHING: JsonDict = {"amount_minor": 0, "currency": "EUR"}
DESK: JsonDict = {"actor_id": "usr-3", "name": "Jonas Abel", "role": "front_desk"}
MOVEMENT: JsonDict = {
    "movement_id": "mov_5f0c9d5e2a7b4c1d8e6f3a2b1c0d9e8f",
    "kind": "pay_in",
    "category": "other",
    "amount": EUR_55,
    "payment_id": None,
    "reason": "change fetched from the bank",
    "late": False,
    "at": "2026-11-23T09:00:00Z",
    "by": DESK,
}
REGISTER_BODY: JsonDict = {
    "name": "Front desk",
    "currency": "EUR",
    "tolerance": {"amount_minor": 200, "currency": "EUR"},
    "most_cash": {"amount_minor": 100_000, "currency": "EUR"},
    "operators": ["usr-3", "usr-5"],
    "reason": "a second till at the door",
}
REGISTER: JsonDict = {
    "clinic_id": "clinic-berlin",
    "register_id": "front-desk",
    "version": 1,
    "name": "Front desk",
    "currency": "EUR",
    "tolerance": {"amount_minor": 200, "currency": "EUR"},
    "most_cash": {"amount_minor": 100_000, "currency": "EUR"},
    "denominations": [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000],
    "operators": ["usr-3", "usr-5"],
    "open_day": {
        "day_id": "day_0b9d7c35a0c94c4d8e2ef1f5a1b6c3d2",
        "date": "2026-11-23",
        "currency": "EUR",
        "opened_at": "2026-11-23T07:30:00Z",
        "long": False,
        "forgotten": False,
    },
    "changed_at": "2026-11-20T16:00:00Z",
    "changed_by": {"actor_id": "usr-1", "name": "Ada Weiss", "role": "billing_manager"},
}
OPEN_DAY: JsonDict = {
    "day_id": "day_0b9d7c35a0c94c4d8e2ef1f5a1b6c3d2",
    "clinic_id": "clinic-berlin",
    "register_id": "front-desk",
    "date": "2026-11-23",
    "version": 2,
    "status": "open",
    "currency": "EUR",
    "opening": EUR_200,
    "opening_counted": EUR_200,
    "opening_variance": NOTHING,
    "opening_reason": None,
    "opening_approved_at": None,
    "opening_approved_by": None,
    "opened_by": DESK,
    "cash_in": EUR_55,
    "cash_out": NOTHING,
    "expected": EUR_255,
    "counted": None,
    "variance": None,
    "variance_reason": None,
    "movement_count": 1,
    "late_count": 0,
    "tolerance": {"amount_minor": 200, "currency": "EUR"},
    "most_cash": {"amount_minor": 100_000, "currency": "EUR"},
    "deposit_due": False,
    "awaiting_approval": False,
    "opened_at": "2026-11-23T07:30:00Z",
    "closed_at": None,
    "closed_by": None,
    "closed_late": False,
    "approved_at": None,
    "approved_by": None,
    "cancelled_at": None,
    "cancelled_by": None,
    "cancel_reason": None,
    "changed_at": "2026-11-23T09:00:00Z",
    "changed_by": DESK,
    "denominations": [],
    "opening_denominations": [],
    "long": False,
    "forgotten": False,
}
