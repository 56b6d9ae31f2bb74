"""Which of Stripe's lists is read next: each has its turn, however long a look takes."""

from datetime import UTC, datetime, timedelta

from payments.domain.cards.read_position import ReadPosition
from payments.usecases.cards.reconcile import SOURCES, due_source

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
EVERY = timedelta(seconds=1)


def test_every_list_has_its_turn_though_a_look_takes_longer_than_the_pace() -> None:
    positions: dict[str, ReadPosition] = {}
    now, read = NOW, []
    for _ in SOURCES * 2:
        due = due_source(positions, now)
        assert due is not None
        source, position = due
        positions[source] = position.read(None, now, EVERY)
        read.append(source)
        now += 3 * EVERY
    assert read == [*SOURCES, *SOURCES]


def test_no_list_is_read_before_it_is_due() -> None:
    positions: dict[str, ReadPosition] = dict.fromkeys(SOURCES, ReadPosition(since=NOW, due_at=NOW + EVERY))
    assert due_source(positions, NOW) is None
    assert due_source(positions, NOW + EVERY) is not None
