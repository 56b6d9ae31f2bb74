"""The drawer of the front desk: opened with a float, counted and closed."""

from collections.abc import Collection
from datetime import date
from itertools import count

from dev.audit.tills import read_day
from dev.calls import Caller, Deadline, Json, money, shown
from dev.demo.people import CLINIC

FLOAT_MINOR = 15_000
EURO_MINOR = (20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1)


class Till:
    """A register has one day a date: the second morning of a day is at the next till."""

    def __init__(self) -> None:
        self.register_id = ""
        self.day: Json = {}

    @property
    def _path(self) -> str:
        return f"/registers/{self.register_id}/days/{self.day['date']}"

    def open(self, desk: Caller, today: date) -> str:
        """With what was left in the drawer. Goes on with a day that was left open; says which."""
        for number in count(1):
            self.register_id = f"till-{number}"
            path = f"/registers/{self.register_id}/days"
            days = desk.get("cash-register", path, clinic_id=CLINIC, limit=1)["items"]
            if days and days[0]["status"] == "open":
                self.day = days[0]
                return f"{self.register_id} was left open on {self.day['date']}, and is gone on with"
            if not days or days[0]["date"] < today.isoformat():
                opening = days[0]["counted"] if days else money(FLOAT_MINOR, "EUR")
                body = {"clinic_id": CLINIC, "date": today.isoformat(), "currency": "EUR", "opening": opening}
                self.day = desk.post("cash-register", path, body)
                break
        return f"{self.register_id} opened on {self.day['date']} with {shown(self.day['opening'])}"

    def await_cash(self, manager: Caller, moved: Collection[tuple[str, str]]) -> None:
        """Until each of these, ("payment" or "refund", payment id), is on the day's books. Raises NeverHappened."""
        deadline = Deadline("the cash of every payment in the till")
        while missing := set(moved) - self._booked(manager):
            deadline.wait(f"{len(missing)} missing")

    def close(self, desk: Caller, manager: Caller, missing_minor: int, reason: str) -> str:
        """The desk counts a little less than there should be: only the manager can see how much that is."""
        day, _ = read_day(manager, CLINIC, self.register_id, self.day["date"])
        counted_minor = max(day.expected.amount_minor - missing_minor, 0)
        body = {
            "counted": money(counted_minor, day.currency),
            "denominations": _coins(counted_minor),
            "reason": reason,
        }
        self.day = desk.post("cash-register", f"{self._path}/close", body, clinic_id=CLINIC)
        return (
            f"{self.register_id}: {shown(self.day['expected'])} expected, {shown(self.day['counted'])} counted, "
            f"{shown(self.day['variance'])} difference: {self.day['variance_reason']}"
        )

    def approve(self, manager: Caller) -> str:
        body = {"reason": "counted again together"}
        self.day = manager.post("cash-register", f"{self._path}/approval", body, clinic_id=CLINIC)
        return f"{self.register_id}: difference approved by {self.day['approved_by']['name']}"

    def _booked(self, manager: Caller) -> set[tuple[str, str]]:
        _, movements = read_day(manager, CLINIC, self.register_id, self.day["date"])
        return {(movement.kind, movement.payment_id or "") for movement in movements}


def _coins(amount_minor: int) -> list[Json]:
    """The amount in as few notes and coins as possible."""
    coins = []
    for value_minor in EURO_MINOR:
        number, amount_minor = divmod(amount_minor, value_minor)
        if number:
            coins.append({"value_minor": value_minor, "count": number})
    return coins
