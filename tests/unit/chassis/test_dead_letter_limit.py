"""The dead-letter limit: a little poison never stops anybody, a flood of it does, and a person's word counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from chassis.messaging.limit import Limit, Tally, TooManyDeadLetters, Window
from chassis.messaging.reading import Discarded, Heard, Reading, Rejected
from contracts.clinical import SessionVoided


@dataclass
class Stub:
    """A record, as far as it is looked at."""

    offset: int
    partition: int = 0
    topic: str = "clinical.sessions"
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


EVENT = SessionVoided.model_construct(
    session_id="ses-1", clinic_id="clinic-berlin", version=1, patient_id="pat-77", reason=""
)


def window(share: float = 0.2, least: int = 50, records: int = 500) -> Window:
    return Window(Limit(share, least, records))


def crosses(window: Window, heard: int, rejected: int) -> bool:
    try:
        window.check(Tally(heard, rejected))
    except TooManyDeadLetters:
        return True
    return False


def test_more_than_the_share_of_enough_records_is_too_much() -> None:
    assert crosses(window(), 50, 11)
    assert not crosses(window(), 50, 10)


def test_too_few_records_say_nothing() -> None:
    assert not crosses(window(), 49, 49)


def test_small_batches_add_up() -> None:
    some = window()
    for _ in range(49):
        some.check(Tally(1, 1))
        some.add(Tally(1, 1))
    with pytest.raises(TooManyDeadLetters, match="50 of the last 50 records"):
        some.check(Tally(1, 1))


def test_thin_poison_never_stops_its_neighbours() -> None:
    some = window()
    for nth in range(2_000):
        batch = Tally(1, int(nth % 6 == 0))
        some.check(batch)
        some.add(batch)


def test_what_lies_further_back_than_the_window_is_forgotten() -> None:
    some = window(records=100)
    some.add(Tally(400, 0))
    assert not crosses(some, 60, 60)
    some.add(Tally(100, 0))
    assert crosses(some, 60, 60)


def test_a_batch_without_dead_letters_is_taken_whatever_came_before() -> None:
    some = window(records=60)
    some.add(Tally(100, 0))
    some.add(Tally(59, 20))
    assert not crosses(some, 1, 0)


def test_what_waits_behind_comes_back_or_is_passed_over_does_not_count() -> None:
    readings: list[Reading] = [
        Heard(EVENT, Stub(0)),
        Heard(EVENT, Stub(1)),
        Heard(EVENT, Stub(2)),
        Heard(EVENT, Stub(3), replayed=True),
        Rejected(Stub(4), "not-json", ""),
        Discarded(Stub(5), "ses-1"),
        None,
    ]
    rejected = [
        Rejected(Stub(1), "refused", ""),
        Rejected(Stub(2), "waits-behind", ""),
        Rejected(Stub(3), "refused", "", replayed=True),
        Rejected(Stub(4), "not-json", ""),
    ]
    assert window().tally(readings, rejected) == Tally(heard=3, rejected=2)


def test_what_a_person_excused_is_not_held_against_the_topic_again() -> None:
    some = window()
    some.add(Tally(49, 49))
    some.excuse({0: 10})
    bad = [Rejected(Stub(offset), "not-json", "") for offset in range(8, 12)]
    assert some.tally(bad, bad) == Tally(2, 2)
    assert some.tally(elsewhere := [Rejected(Stub(0, partition=1), "not-json", "")], elsewhere) == Tally(1, 1)
    assert not crosses(some, 49, 49)
