"""When an event of Stripe's is tried again."""

from datetime import timedelta

import pytest
from payments.domain.cards.webhook import LONGEST_WAIT, NewsSubject, StripeEvent, next_attempt_at

from tests.unit.payments.examples import AT


@pytest.mark.parametrize(("attempts", "waits_s"), [(1, 2), (2, 4), (9, 512)])
def test_it_waits_twice_as_long_after_each_attempt(attempts: int, waits_s: int) -> None:
    assert next_attempt_at(AT, attempts) == AT + timedelta(seconds=waits_s)


@pytest.mark.parametrize("attempts", [10, 21, 1_000])
def test_it_never_waits_longer_than_ten_minutes(attempts: int) -> None:
    assert next_attempt_at(AT, attempts) == AT + LONGEST_WAIT


def test_what_no_event_came_of_has_one_place_among_the_events() -> None:
    about = NewsSubject("intent", "pi_1")
    assert StripeEvent.found(about) == StripeEvent.found(about)
    assert StripeEvent.found(about).event_id == "found-pi_1"
