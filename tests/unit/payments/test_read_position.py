"""A list that grows while it is read, runs behind, and is read by a process that dies: nothing is passed by."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from payments.domain.cards.read_position import ReadPosition

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EVERY, OVERLAP, LONGEST_LAG_S = timedelta(seconds=5), timedelta(seconds=3), 3
Act = Literal["made", "read", "died before it was kept", "did not answer", "a second"]


@dataclass(frozen=True)
class Thing:
    """As Stripe keeps it: `created` in whole seconds; listed `lag_s` later."""

    id: str
    created: int
    listed_at: datetime


@dataclass
class Stripe:
    """Its lists: the newest first, and of one second the later made first."""

    things: list[Thing] = field(default_factory=list)

    def page(self, now: datetime, since: datetime, after: str | None, size: int) -> tuple[list[Thing], str | None]:
        first = int(since.timestamp())
        listed = [thing for thing in reversed(self.things) if thing.listed_at <= now and thing.created >= first]
        ids = [thing.id for thing in listed]
        rest = listed if after is None else listed[ids.index(after) + 1 :]
        more = len(rest) > size
        return rest[:size], rest[size - 1].id if more else None


@dataclass
class Reader:
    """What runs as `reconcile` does: entered first, kept then."""

    stripe: Stripe
    size: int
    place: ReadPosition = field(default_factory=lambda: ReadPosition(since=START, due_at=START))
    entered: set[str] = field(default_factory=set)

    def read(self, now: datetime, *, kept: bool) -> None:
        if self.place.due_at > now:
            return
        found, after = self.stripe.page(now, self.place.since - OVERLAP, self.place.after, self.size)
        self.entered |= {thing.id for thing in found}
        if kept:
            self.place = self.place.read(after, now, EVERY)

    def finish(self, now: datetime) -> None:
        """To the end of the round that is under way, and a whole one."""
        self.place = self.place.put_off(now)
        self._to_the_end(now)
        self.place = self.place.put_off(now)
        self.read(now, kept=True)
        self._to_the_end(now)

    def _to_the_end(self, now: datetime) -> None:
        while self.place.began_at is not None:
            self.read(now, kept=True)


ACTS: st.SearchStrategy[tuple[Act, int]] = st.tuples(
    st.sampled_from(["made", "made", "made", "read", "read", "died before it was kept", "did not answer", "a second"]),
    st.integers(0, LONGEST_LAG_S),
)


@settings(max_examples=400)
@given(st.lists(ACTS, max_size=60), st.integers(1, 3))
def test_whatever_happens_while_it_is_read_everything_is_found(acts: list[tuple[Act, int]], size: int) -> None:
    stripe, now = Stripe(), START
    reader = Reader(stripe, size)
    for number, (act, lag_s) in enumerate(acts):
        match act:
            case "made":
                made = Thing(f"pi_{number}", int(now.timestamp()), now + timedelta(seconds=lag_s))
                stripe.things.append(made)
            case "read":
                reader.read(now, kept=True)
            case "died before it was kept":
                reader.read(now, kept=False)
            case "did not answer":
                reader.place = reader.place.put_off(now + EVERY)
            case "a second":
                now += timedelta(seconds=1)
        now += timedelta(milliseconds=100)
    reader.finish(now + timedelta(seconds=LONGEST_LAG_S))
    assert reader.entered == {thing.id for thing in stripe.things}


def test_a_round_that_was_begun_goes_on_behind_its_last_page_and_ends_where_it_began() -> None:
    place = ReadPosition(since=START, due_at=START)
    later, much_later = START + timedelta(minutes=1), START + timedelta(hours=1)
    second = place.read("pi_7", later, EVERY)
    assert second == ReadPosition(START, later, began_at=later, after="pi_7", first=START)
    put_off = second.put_off(much_later)
    assert put_off == ReadPosition(START, much_later, began_at=later, after="pi_7", first=START)
    assert put_off.read(None, much_later, EVERY) == ReadPosition(since=later, due_at=much_later + EVERY, first=START)


def test_of_a_time_it_says_from_when_on_something_may_not_be_read_yet() -> None:
    hours = [START + timedelta(hours=hour) for hour in range(6)]
    never, read = (
        ReadPosition(since=hours[1], due_at=hours[1]),
        ReadPosition(since=hours[3], due_at=hours[3], first=hours[1]),
    )
    assert never.unread(hours[2], hours[4]) == hours[2], "nothing was ever read"
    assert read.unread(hours[1], hours[3]) is None
    assert read.unread(hours[2], hours[4]) == hours[3]
    assert read.unread(hours[4], hours[5]) == hours[4]
    assert read.unread(hours[0], hours[2]) == hours[0], "what was before is not read either"
