"""The day of the till at the front desk."""

from contracts import cash_register
from contracts.samples.story import CASH, CLINIC, DAY, FRONT_DESK, Sample, at, by_itself, eur
from kernel.ids import derived_id


def samples() -> list[Sample]:
    opened = cash_register.DayOpened(
        day_id=derived_id("day", CLINIC, "reg-front", str(DAY)),
        clinic_id=CLINIC,
        register_id="reg-front",
        date=DAY,
        version=1,
        status="open",
        currency="EUR",
        opening=eur(20000),
        opening_counted=eur(20000),
        opening_variance=eur(0),
        opened_by=FRONT_DESK,
        cash_in=eur(0),
        cash_out=eur(0),
        expected=eur(20000),
        movement_count=0,
        opened_at=at("08:15"),
        changed_at=at("08:15"),
        changed_by=FRONT_DESK,
    )
    movement = cash_register.Movement(
        movement_id=derived_id("mov", "payment", CASH),
        kind="payment",
        category="payment",
        amount=eur(5014),
        payment_id=CASH,
        at=at("10:20"),
        by=FRONT_DESK,
    )
    recorded = {
        "version": 2,
        "cash_in": eur(5014),
        "expected": eur(25014),
        "movement_count": 1,
        "movement": movement,
        "changed_at": at("10:20:01"),
        "changed_by": by_itself("cash-register"),
    }
    closed = recorded | {
        "version": 4,
        "status": "closed",
        "cash_out": eur(2000),
        "expected": eur(23014),
        "counted": eur(23000),
        "variance": eur(-14),
        "variance_reason": "wrong change given",
        "movement_count": 2,
        "closed_at": at("18:10"),
        "changed_at": at("18:10"),
        "changed_by": FRONT_DESK,
    }
    counted = recorded | {
        "version": 3,
        "changed_at": at("13:00"),
        "changed_by": FRONT_DESK,
        "handovers": [
            {
                "number": 1,
                "at": at("13:00"),
                "by": FRONT_DESK,
                "taken_over_by": "usr-afternoon",
                "expected": eur(25014),
                "counted": eur(25014),
                "variance": eur(0),
            }
        ],
    }
    cancelled = {
        "day_id": derived_id("day", CLINIC, "reg-back", str(DAY)),
        "register_id": "reg-back",
        "version": 2,
        "status": "closed",
        "cancelled_at": at("08:20"),
        "cancelled_by": FRONT_DESK,
        "cancel_reason": "meant the other register",
        "changed_at": at("08:20"),
    }
    days: list[cash_register.RegisterDay] = [
        opened,
        cash_register.CashRecorded.model_validate(dict(opened) | recorded),
        cash_register.DrawerCounted.model_validate(dict(opened) | counted),
        cash_register.DayClosed.model_validate(dict(opened) | closed),
        cash_register.DayCancelled.model_validate(dict(opened) | cancelled),
    ]
    return [Sample(day, day.changed_at, "/chairside/cash-register") for day in days]
