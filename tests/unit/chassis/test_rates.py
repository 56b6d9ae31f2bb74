"""How often one may ask: a caller, and all callers about one clinic."""

import pytest

from chassis.http.auth import Principal
from chassis.http.problems import HttpProblem
from chassis.http.rates import BURST_S, Rates

BERLIN, HAMBURG = "clinic-berlin", "clinic-hamburg"


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def caller(sub: str, *clinics: str) -> Principal:
    return Principal(sub, None, frozenset({"front_desk"}), frozenset(clinics))


def taken(rates: Rates, who: Principal, *named: str) -> int:
    """How many requests are taken until one is refused."""
    for count in range(10_000):
        try:
            rates.count(who, named)
        except HttpProblem:
            return count
    pytest.fail("there is no limit")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_caller_may_ask_for_ten_seconds_at_once_and_then_at_their_rate(clock: Clock) -> None:
    rates = Rates(5, 1_000, clock)
    ada = caller("ada", BERLIN)
    assert taken(rates, ada) == 5 * BURST_S
    with pytest.raises(HttpProblem) as refused:
        rates.count(ada, ())
    assert (refused.value.status, refused.value.code) == (429, "too-many-requests")
    assert refused.value.headers == {"Retry-After": "1"}
    clock.s = 2
    assert taken(rates, ada) == 10


def test_another_callers_requests_are_not_theirs(clock: Clock) -> None:
    rates = Rates(5, 1_000, clock)
    taken(rates, caller("ada", BERLIN))
    rates.count(caller("bo", BERLIN), ())


def test_all_callers_of_a_clinic_share_its_rate(clock: Clock) -> None:
    rates = Rates(5, 8, clock)
    assert taken(rates, caller("ada", BERLIN)) == 50
    assert taken(rates, caller("bo", BERLIN)) == 30
    rates.count(caller("cy", HAMBURG), ())


def test_a_caller_of_several_clinics_counts_for_the_one_that_they_name(clock: Clock) -> None:
    rates = Rates(1_000, 1, clock)
    chain = caller("ada", BERLIN, HAMBURG)
    assert taken(rates, chain, BERLIN) == 10
    assert taken(rates, chain, HAMBURG) == 10


def test_who_names_no_clinic_counts_for_each_of_theirs(clock: Clock) -> None:
    rates = Rates(1_000, 1, clock)
    assert taken(rates, caller("ada", BERLIN, HAMBURG)) == 10
    assert taken(rates, caller("bo", HAMBURG)) == 0


def test_a_caller_of_every_clinic_counts_where_they_name_one(clock: Clock) -> None:
    rates = Rates(100, 1, clock)
    everywhere = caller("ops", "*")
    assert taken(rates, everywhere, BERLIN) == 10
    assert taken(rates, everywhere) == 1_000 - 10


def test_a_clinic_that_the_token_does_not_name_is_not_used_up_by_it(clock: Clock) -> None:
    rates = Rates(1_000, 1, clock)
    taken(rates, caller("ada", BERLIN), HAMBURG)
    rates.count(caller("bo", HAMBURG), ())


def test_a_refused_request_uses_up_nothing(clock: Clock) -> None:
    rates = Rates(1, 1_000, clock)
    ada = caller("ada", BERLIN)
    assert taken(rates, ada) == 10
    for _ in range(100):
        with pytest.raises(HttpProblem):
            rates.count(ada, ())
    clock.s = 1
    assert taken(rates, ada) == 1
