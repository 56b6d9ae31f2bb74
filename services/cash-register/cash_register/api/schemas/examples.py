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
    "amount": EUR_55,
    "payment_id": None,
    "reason": "change fetched from the bank",
    "late": False,
    "at": "2026-11-23T09:00:00Z",
    "by": DESK,
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
    "cash_in": EUR_55,
    "cash_out": NOTHING,
    "expected": EUR_255,
    "counted": None,
    "variance": None,
    "variance_reason": None,
    "movement_count": 1,
    "late_count": 0,
    "opened_at": "2026-11-23T07:30:00Z",
    "closed_at": None,
    "closed_by": None,
    "approved_at": None,
    "approved_by": None,
    "changed_at": "2026-11-23T09:00:00Z",
    "changed_by": DESK,
    "denominations": [],
}
