"""Which amounts a card can be charged: what is refused names the two that are nearest."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.cards.steps import chargeable_part, demand_chargeable, is_chargeable
from payments.domain.intake.refunds import refund

from kernel.currencies import IN_USE
from kernel.errors import BusinessError
from kernel.money import Money
from tests.unit.payments.examples import BY_DESK, refund_command, settled_card_payment


@pytest.mark.parametrize("currency", ["BHD", "JOD", "KWD", "OMR", "TND"])
def test_of_three_decimals_the_last_is_0(currency: str) -> None:
    demand_chargeable(Money(5_120, currency))
    with pytest.raises(BusinessError) as refused:
        demand_chargeable(Money(5_124, currency))
    assert (refused.value.code, refused.value.field) == ("amount-not-chargeable", "/amount")
    nearest = f"5.120 {currency} or 5.130 {currency}"
    assert refused.value.message == f"cards take {currency} in steps of 0.010 {currency}: {nearest}"


def test_less_than_a_step_names_the_first_one_only() -> None:
    with pytest.raises(BusinessError, match=r"steps of 0\.010 KWD: 0\.010 KWD$"):
        demand_chargeable(Money(4, "KWD"))


@pytest.mark.parametrize("currency", sorted(IN_USE.keys() - {"BHD", "JOD", "KWD", "OMR", "TND", "MGA"}))
def test_of_every_other_currency_every_amount_is_charged(currency: str) -> None:
    demand_chargeable(Money(12_345, currency))


@given(st.integers(1, 10**12), st.sampled_from(sorted(IN_USE)))
def test_the_part_that_is_charged_is_the_most_that_a_card_takes(amount_minor: int, currency: str) -> None:
    amount = Money(amount_minor, currency)
    part = chargeable_part(amount)
    assert is_chargeable(part)
    assert 0 <= (amount - part).amount_minor < 100
    assert (part == amount) == is_chargeable(amount)


def test_what_goes_back_to_a_card_has_the_same_steps() -> None:
    dinars = Money(5_120, "KWD")
    paid = replace(settled_card_payment(), amount=dinars)
    with pytest.raises(BusinessError) as refused:
        refund(paid, refund_command(amount=Money(1_001, "KWD")), "ref-1", BY_DESK)
    assert refused.value.code == "amount-not-chargeable"
    assert refund(paid, refund_command(amount=Money(1_010, "KWD")), "ref-1", BY_DESK).state.refunds
