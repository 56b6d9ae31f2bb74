"""Where a client of a day's stream goes on."""

import pytest
from cash_register.usecases.days.follow_day import resumed_after


@pytest.mark.parametrize(
    ("last_event_id", "after"),
    [(None, 6), (0, 0), (3, 3), (7, 7), (8, 6), (2**31, 6)],
)
def test_a_client_goes_on_after_what_it_was_told_and_what_never_was_is_not_waited_for(
    last_event_id: int | None, after: int
) -> None:
    assert resumed_after(last_event_id, 7) == after
