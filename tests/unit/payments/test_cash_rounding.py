"""Where small coins are gone, cash is rounded: by half a step at most, and nothing that is not cash."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.accounting.bookings import bookings
from payments.domain.intake.cash_rounding import STEPS_MINOR, cash_rounding, cash_step
from payments.domain.intake.intake import TakeCheque, TakeTerminal, take_by_reference, take_cash, take_transfer
from payments.domain.intake.payment import Payment
from payments.domain.intake.payment_policy import Calendar
from payments.domain.intake.refunds import refund
from payments.domain.settlement.movements import MOVES, movements

from kernel.errors import BusinessError
from kernel.money import Money, total
from tests.unit.payments.examples import AT, BY_DESK, RECEIPT, cash_command, refund_command, transfer_command

CURRENCIES = sorted({*STEPS_MINOR, "EUR", "USD", "JPY"})
amounts = st.builds(Money, st.integers(1, 10**9), st.sampled_from(CURRENCIES))


def taken(amount: Money, *, rounds_euro: bool = False, more: int = 0) -> Payment:
    step = cash_step(amount.currency, rounds_euro=rounds_euro)
    tendered = Money(amount.amount_minor + step + more, amount.currency)
    command = cash_command(amount=amount, tendered=tendered, rounds_euro=rounds_euro, allow_credit=True)
    return take_cash(command, "pay-1", RECEIPT, BY_DESK).state


@pytest.mark.parametrize(
    ("currency", "amount", "cash"),
    [
        ("CHF", 1_237, 1_235),
        ("CHF", 1_238, 1_240),
        ("SEK", 12_349, 12_300),
        ("SEK", 12_350, 12_400),
        ("NOK", 12_350, 12_400),
        ("DKK", 1_224, 1_200),
        ("DKK", 1_225, 1_250),
        ("CZK", 1_249, 1_200),
        ("HUF", 12_200, 12_000),
        ("HUF", 12_250, 12_500),
        ("CAD", 1_232, 1_230),
        ("AUD", 1_233, 1_235),
        ("USD", 1_233, 1_233),
        ("EUR", 1_233, 1_233),
    ],
)
def test_cash_is_rounded_to_the_smallest_coin(currency: str, amount: int, cash: int) -> None:
    payment = taken(Money(amount, currency))
    assert (payment.cash, payment.settled) == (Money(cash, currency), Money(amount, currency))
    assert payment.rounding == (Money(cash - amount, currency) if cash != amount else None)


def test_euros_are_rounded_where_the_clinic_says_so() -> None:
    assert taken(Money(1_233, "EUR"), rounds_euro=True).cash == Money(1_235, "EUR")


@given(amounts, st.booleans(), st.integers(0, 10_000))
def test_rounding_moves_half_a_step_at_most_and_change_is_what_is_left(
    amount: Money, rounds_euro: bool, more: int
) -> None:
    step = cash_step(amount.currency, rounds_euro=rounds_euro)
    if amount.amount_minor * 2 < step:
        with pytest.raises(BusinessError) as refused:
            taken(amount, rounds_euro=rounds_euro)
        assert (refused.value.code, refused.value.field) == ("too-little-for-cash", "/amount")
        return
    payment = taken(amount, rounds_euro=rounds_euro, more=more)
    moved = payment.cash - amount
    assert abs(moved.amount_minor) * 2 <= step
    assert payment.cash.amount_minor % step == 0
    assert payment.tendered is not None
    assert payment.change == payment.tendered - payment.cash


@given(amounts)
def test_what_is_not_cash_is_never_rounded(amount: Money) -> None:
    given: dict[str, Any] = {
        "clinic_id": "clinic-berlin",
        "patient_id": "pat-77",
        "invoice_id": None,
        "allow_credit": True,
    }
    others = [
        take_transfer(transfer_command(amount=amount), "pay-1", RECEIPT, BY_DESK).state,
        take_by_reference(TakeCheque(**given, amount=amount, reference="1"), "pay-1", RECEIPT, BY_DESK).state,
        take_by_reference(TakeTerminal(**given, amount=amount, reference="1"), "pay-1", RECEIPT, BY_DESK).state,
    ]
    assert [(payment.rounding, payment.cash) for payment in others] == [(None, amount)] * 3
    given_back = refund(
        others[0], refund_command(amount=amount, register_id=None, rounds_euro=True), "ref-1", BY_DESK
    ).state
    assert given_back.refunds[0].rounding is None


@given(amounts, st.booleans(), st.data())
def test_what_is_given_back_in_cash_is_rounded_too_and_all_of_it_counts(
    amount: Money, rounds_euro: bool, data: st.DataObject
) -> None:
    step = cash_step(amount.currency, rounds_euro=rounds_euro)
    least = -(-step // 2)
    if amount.amount_minor < least:
        return
    payment = taken(amount, rounds_euro=rounds_euro)
    part = Money(data.draw(st.integers(least, amount.amount_minor)), amount.currency)
    command = refund_command(amount=part, register_id="till-1", rounds_euro=rounds_euro)
    after = refund(payment, command, "ref-1", BY_DESK).state
    [entry] = after.refunds
    assert (after.refunded, after.settled) == (part, amount - part)
    assert abs((entry.cash - part).amount_minor) * 2 <= step
    moved = [*movements(None, payment), *movements(payment, after)]
    assert total([m.amount for m in moved if m.kind in MOVES], amount.currency) == after.settled
    in_drawer = total([m.amount for m in moved if m.kind in ("received", "refunded")], amount.currency)
    assert in_drawer == payment.cash - entry.cash
    booked = list(bookings(moved, Calendar("Europe/Berlin")))
    cash = total(
        [b.amount if b.debit == "cash" else -b.amount for b in booked if "cash" in (b.debit, b.credit)], amount.currency
    )
    assert cash == in_drawer


def test_what_was_given_too_little_is_told_beside_what_has_to_be_paid() -> None:
    command = cash_command(amount=Money(1_238, "CHF"), tendered=Money(1_238, "CHF"))
    with pytest.raises(BusinessError) as refused:
        take_cash(command, "pay-1", RECEIPT, BY_DESK)
    assert refused.value.code == "tendered-too-little"
    assert take_cash(replace(command, tendered=Money(1_240, "CHF")), "pay-1", RECEIPT, BY_DESK).state.received_at == AT


def test_a_refund_of_less_than_half_a_coin_is_refused() -> None:
    payment = taken(Money(10_000, "SEK"))
    with pytest.raises(BusinessError) as refused:
        refund(payment, refund_command(amount=Money(49, "SEK"), register_id="till-1"), "ref-1", BY_DESK)
    assert refused.value.code == "too-little-for-cash"
    assert cash_rounding(Money(50, "SEK"), "/amount", rounds_euro=False) == Money(50, "SEK")
