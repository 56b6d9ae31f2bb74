"""What a clinic decides about a register, and what that refuses."""

from dataclasses import replace

import pytest
from cash_register.domain.days.cash import Count, Denomination
from cash_register.domain.days.closing import approve, close
from cash_register.domain.days.day import Day
from cash_register.domain.days.opening import DayTerms, OpenDay, open_day
from cash_register.domain.registers.denominations import LEGAL_TENDER
from cash_register.domain.registers.register import Register, begin_settings
from cash_register.domain.registers.settings import RegisterSettings, configure

from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden
from kernel.money import Money
from tests.unit.cash_register.drawer import AT, DESK, MANAGER, eur, opened

NOBODY_SAID = RegisterSettings(clinic_id="clinic-berlin", register_id="front")
FRONT = replace(NOBODY_SAID, name="Front desk", currency="EUR", tolerance=eur(200), most_cash=eur(50_000))
BY_MANAGER = Change(AT, MANAGER)


def day_with(terms: DayTerms, opening: Money) -> Day:
    command = OpenDay("clinic-berlin", "front", opened().date, "EUR", Count(opening))
    return open_day(command, Change(AT, DESK), terms).state


def test_settings_count_their_versions_and_keep_who_changed_them() -> None:
    first = configure(NOBODY_SAID, FRONT, None, BY_MANAGER).state
    second = configure(first, replace(FRONT, name="Door"), "EUR", BY_MANAGER).state
    assert (first.version, second.version, second.name) == (1, 2, "Door")
    assert (second.changed_at, second.changed_by) == (AT, MANAGER)


def test_a_register_that_is_configured_is_written_to_so_that_no_day_opens_by_the_old_settings() -> None:
    assert begin_settings(Register("front", "clinic-berlin", 4, "day_1")).state.version == 5


@pytest.mark.parametrize("field", ["tolerance", "most_cash"])
@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (Money(100, "CHF"), "currency-differs"),
        (eur(-1), "amount-out-of-range"),
        (eur(10**15 + 1), "amount-out-of-range"),
    ],
)
def test_amounts_of_the_settings_are_of_the_register_and_no_less_than_nothing(
    field: str, amount: Money, code: str
) -> None:
    wanted = replace(FRONT, tolerance=amount) if field == "tolerance" else replace(FRONT, most_cash=amount)
    with pytest.raises(BusinessError) as refused:
        configure(NOBODY_SAID, wanted, None, BY_MANAGER)
    assert (refused.value.code, (refused.value.field or "").split("/")[1]) == (code, field)


def test_the_currency_stays_while_a_day_is_open() -> None:
    with pytest.raises(Conflict) as refused:
        configure(NOBODY_SAID, FRONT, "CHF", BY_MANAGER)
    assert (refused.value.code, refused.value.field) == ("day-already-open", "/currency")


def test_a_day_is_in_the_currency_of_its_register() -> None:
    FRONT.demand_currency("EUR")
    NOBODY_SAID.demand_currency("CHF")
    with pytest.raises(BusinessError) as refused:
        FRONT.demand_currency("CHF")
    assert (refused.value.code, refused.value.field) == ("currency-differs", "/currency")


def test_only_those_who_are_named_and_managers_run_a_register_that_names_somebody() -> None:
    named = replace(FRONT, operators=(DESK.actor_id,))
    for by in (DESK, MANAGER):
        named.demand_operator(by)
    FRONT.demand_operator(Actor("usr-other", None, "front_desk"))
    with pytest.raises(Forbidden) as refused:
        named.demand_operator(Actor("usr-other", None, "front_desk"))
    assert refused.value.code == "register-not-yours"


def test_a_coin_that_the_currency_does_not_have_is_refused_where_it_stands() -> None:
    with pytest.raises(BusinessError) as refused:
        NOBODY_SAID.demand_denominations(Count(eur(530), (Denomination(500, 1), Denomination(30, 1))))
    assert (refused.value.code, refused.value.field) == ("denomination-unknown", "/denominations/1/value_minor")


def test_a_register_may_count_other_coins_than_the_currency_has() -> None:
    tokens = Count(eur(60), (Denomination(30, 2),))
    replace(FRONT, denominations=(30, 100)).demand_denominations(tokens)
    with pytest.raises(BusinessError):
        replace(FRONT, denominations=(100,)).demand_denominations(tokens)


def test_a_currency_whose_coins_are_not_known_is_counted_in_anything() -> None:
    NOBODY_SAID.demand_denominations(Count(Money(7, "KWD"), (Denomination(7, 1),)))


@pytest.mark.parametrize("currency", sorted(LEGAL_TENDER))
def test_the_coins_of_a_currency_are_listed_from_the_smallest_and_once(currency: str) -> None:
    values = LEGAL_TENDER[currency]
    assert list(values) == sorted(set(values))
    assert {500, 1_000, 2_000, 5_000, 10_000} <= set(values)


def test_a_variance_within_the_tolerance_waits_for_nobody() -> None:
    day = close(day_with(DayTerms(tolerance=eur(200)), eur(1_000)), Count(eur(800)), Change(AT, DESK, "coins")).state
    assert (day.variance, day.awaiting_approval) == (eur(-200), False)
    with pytest.raises(Conflict) as refused:
        approve(day, BY_MANAGER)
    assert refused.value.code == "nothing-to-approve"


@pytest.mark.parametrize("counted", [799, 1_201])
def test_a_variance_above_the_tolerance_waits_for_a_second_person(counted: int) -> None:
    day = close(
        day_with(DayTerms(tolerance=eur(200)), eur(1_000)), Count(eur(counted)), Change(AT, DESK, "coins")
    ).state
    assert day.awaiting_approval
    assert not approve(day, BY_MANAGER).state.awaiting_approval


def test_more_in_the_drawer_than_the_register_may_hold_asks_for_a_deposit() -> None:
    terms = DayTerms(most_cash=eur(1_000))
    assert [day_with(terms, eur(held)).deposit_due for held in (1_000, 1_001)] == [False, True]
    assert not opened(eur(10**9)).deposit_due
