"""How long a job rests after an attempt in vain."""

from datetime import timedelta

from chassis.jobs import pause_before_next


def test_pauses_double_up_to_five_minutes() -> None:
    pauses = [pause_before_next(attempts, timedelta(seconds=5)) for attempts in (0, 1, 2, 3, 7, 1000)]
    assert [pause.total_seconds() for pause in pauses] == [5, 5, 10, 20, 300, 300]
