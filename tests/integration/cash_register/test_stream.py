"""A day is watched as it happens, and gone on with where a client left off."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.integration.cash_register.test_registers import refusal
from tests.integration.cash_register.till import TODAY, Json, Till, eur

pytestmark = pytest.mark.any_broker
Told = tuple[int, str, Json]


@contextmanager
def watched(till: Till, after: int | None = None) -> Iterator[Iterator[Told]]:
    """Version, name and day of each event."""
    with till.stream(f"/days/{TODAY}/stream", {} if after is None else {"Last-Event-ID": str(after)}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


def _events(answer: httpx2.Response) -> Iterator[Told]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            fields = {}


def test_a_day_is_told_as_it_happens_until_it_is_closed(till: Till) -> None:
    till.open()
    with watched(till.as_("auditor")) as events:
        assert next(events)[:2] == (1, "day-opened")
        till.move("pay_in", eur(500))
        version, name, day = next(events)
        assert (version, name, day["movement"]["amount"], day["expected"]) == (
            2,
            "cash-recorded",
            eur(500),
            eur(10_500),
        )
        till.publish(till.payment(700))
        assert next(events)[:2] == (3, "cash-recorded")
        till.close(eur(11_200))
        version, name, day = next(events)
        assert (version, name, day["z_report"]["number"], day["movement"]) == (4, "day-closed", 1, None)
        assert list(events) == []


def test_a_client_goes_on_where_it_was_and_misses_nothing(till: Till) -> None:
    till.open()
    for amount in range(1, 6):
        till.move("pay_in", eur(amount))
    with watched(till) as events:
        assert next(events)[0] == 6
    with watched(till, after=2) as events:
        caught_up = [next(events) for _ in range(4)]
    assert [version for version, _, _ in caught_up] == [3, 4, 5, 6]
    assert [day["movement"]["amount"] for _, _, day in caught_up] == [eur(amount) for amount in range(2, 6)]
    closed = till.close(eur(10_015)).json()
    with till.stream(f"/days/{TODAY}/stream", {"Last-Event-ID": str(closed["version"])}) as over:
        assert over.status_code == 204


def test_who_counts_watches_blind(till: Till) -> None:
    till.open()
    till.move("pay_in", eur(500))
    with watched(till, after=0) as events:
        assert [next(events)[2]["expected"] for _ in range(2)] == [None, None]


def test_what_is_not_there_or_not_yours_is_not_watched(till: Till) -> None:
    assert refusal(till.get(f"/days/{TODAY}/stream")) == (404, "day-not-found")
    till.open()
    assert refusal(till.as_("auditor", "clinic-paris").get(f"/days/{TODAY}/stream")) == (404, "not-found")


def test_more_than_may_watch_are_told_to_come_again(till: Till) -> None:
    till.open()
    with watched(till) as first, watched(till) as second, watched(till) as third:
        for events in (first, second, third):
            next(events)
        refused = till.get(f"/days/{TODAY}/stream")
        assert (refusal(refused), refused.headers["Retry-After"]) == ((503, "too-many-streams"), "5")
    with watched(till) as again:
        assert next(again)[0] == 1
