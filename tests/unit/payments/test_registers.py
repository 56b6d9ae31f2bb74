"""What payments took in cash, beside what registers say of it; and what these brought to the bank."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.consumers import moved_in
from payments.domain.bank.cash_deposits import LATE, deposit_lines, deposit_of, may_be_deposit
from payments.domain.registers.agreement import agreement
from payments.domain.registers.register_movement import CashDeposit, RegisterMovement, RegisterMovementKind, deposits
from payments.domain.settlement.movements import Movement, MovementKind

from contracts.cash_register import CashRecorded, DayClosed
from contracts.samples import cash_register
from kernel.actor import Actor
from kernel.money import total
from tests.unit.payments.examples import AT, eur
from tests.unit.payments.test_settlement import transaction

DAY = date(2026, 11, 20)
DESK = Actor("usr-3", None, "front_desk")
SAID = {type(sample.event): sample.event for sample in cash_register.samples()}


def ours(minor: int, payment_id: str = "pay-1", kind: MovementKind = "received", register: str = "front") -> Movement:
    return Movement(kind, eur(minor), payment_id, "cash", AT, DESK, None, f"R-{payment_id}", register)


def theirs(minor: int, payment_id: str = "pay-1", register: str = "front") -> RegisterMovement:
    kind: RegisterMovementKind = "payment" if minor > 0 else "refund"
    return RegisterMovement(f"mov-{payment_id}", "c", register, DAY, kind, eur(minor), AT, payment_id, None)


def test_what_is_the_same_on_both_sides_agrees() -> None:
    found = agreement("c", DAY, [ours(500), ours(-200, kind="refunded")], [theirs(500), theirs(-200)])
    assert found.differences == ()
    assert [(sums.ours, sums.theirs) for sums in found.sums] == [(eur(300), eur(300))]


@pytest.mark.parametrize(
    ("here", "there", "differences"),
    [
        ([ours(500)], [], [("not-in-the-register", "front", "R-pay-1", 500, 0)]),
        ([], [theirs(500)], [("not-in-payments", "front", None, 0, 500)]),
        ([ours(500)], [theirs(400)], [("amounts-differ", "front", "R-pay-1", 500, 400)]),
        (
            [ours(500)],
            [theirs(500, register="back")],
            [("not-in-payments", "back", None, 0, 500), ("not-in-the-register", "front", "R-pay-1", 500, 0)],
        ),
    ],
)
def test_each_difference_is_named(
    here: list[Movement], there: list[RegisterMovement], differences: list[tuple[Any, ...]]
) -> None:
    found = agreement("c", DAY, here, there).differences
    assert [
        (d.why, d.register_id, d.receipt_number, d.ours.amount_minor, d.theirs.amount_minor) for d in found
    ] == differences


def test_what_is_not_cash_is_none_of_the_registers() -> None:
    others = [replace(ours(500), method="card"), replace(ours(-2), kind="rounded")]
    assert agreement("c", DAY, others, [replace(theirs(-900), kind="deposit")]).differences == ()


sides = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4), st.sampled_from(["front", "back"])), max_size=6)


@given(sides, sides)
def test_the_differences_are_all_that_the_sums_differ_by(
    here: list[tuple[int, ...]], there: list[tuple[int, ...]]
) -> None:
    found = agreement(
        "c",
        DAY,
        [ours(minor, f"pay-{name}", register=str(register)) for minor, name, register in here],
        [theirs(minor, f"pay-{name}", str(register)) for minor, name, register in there],
    )
    by_sums = total([sums.theirs - sums.ours for sums in found.sums], "EUR")
    assert by_sums == total([d.theirs - d.ours for d in found.differences], "EUR")
    assert bool(found.differences) == (sorted(here) != sorted(there))


def brought(minor: int = 5_000, on: date = DAY, deposit_id: str = "mov-1") -> CashDeposit:
    return CashDeposit(deposit_id, "c", "front", on, eur(minor))


SENDER = "DE02120300000000202051"
CREDIT = replace(transaction(), amount=eur(5_000), booked_on=DAY + timedelta(days=3), references=(), text="EINZAHLUNG")


@pytest.mark.parametrize(
    ("changed", "known", "found"),
    [
        ({}, [brought()], "mov-1"),
        ({}, [brought(4_999)], None),
        ({}, [brought(on=DAY + timedelta(days=4))], None),
        ({"booked_on": DAY + LATE + timedelta(days=1)}, [brought()], None),
        ({}, [brought(on=DAY + timedelta(days=1), deposit_id="mov-2"), brought()], "mov-1"),
        ({"reversal": True}, [brought()], None),
        ({"text": "RE 2026-17", "counterparty_iban": SENDER}, [brought()], None),
        ({"text": "", "counterparty_iban": None}, [brought()], "mov-1"),
        ({"text": "Bareinzahlung", "counterparty_iban": SENDER}, [brought()], "mov-1"),
        ({"text": "versement en espèces", "counterparty_iban": SENDER}, [brought()], "mov-1"),
        ({"text": "deposit for the implant", "counterparty_iban": SENDER}, [brought()], None),
        ({"text": "versement", "counterparty_iban": SENDER}, [brought()], None),
        ({"references": ("RF18539007547034",)}, [brought()], None),
    ],
)
def test_a_credit_is_the_earliest_deposit_of_its_sum(
    changed: dict[str, Any], known: list[CashDeposit], found: str | None
) -> None:
    deposit = deposit_of(replace(CREDIT, **changed), known)
    assert (deposit and deposit.deposit_id) == found


def test_a_deposit_without_its_credit_is_awaited_and_then_missing() -> None:
    credit = replace(CREDIT, deposit_id="mov-1")
    for today, transactions, status in (
        (DAY + LATE, [], "awaited"),
        (DAY + LATE + timedelta(days=1), [], "missing"),
        (DAY + LATE + timedelta(days=1), [credit], "matched"),
    ):
        [line] = deposit_lines([brought()], transactions, today)
        assert line.status == status
    assert may_be_deposit(credit)


def test_deposits_are_heard_by_themselves_and_at_the_close_and_are_taken_back() -> None:
    recorded, closed = SAID[CashRecorded], SAID[DayClosed]
    assert isinstance(recorded, CashRecorded)
    assert isinstance(closed, DayClosed)
    [payment] = moved_in(recorded)
    assert (payment.kind, payment.payment_id, payment.on) == ("payment", recorded.movement.payment_id, recorded.date)
    out = recorded.movement.model_copy(
        update={"kind": "pay_out", "category": "bank_deposit", "amount": eur(-900), "payment_id": None}
    )
    back = out.model_copy(
        update={"movement_id": "mov-b", "kind": "pay_in", "amount": eur(900), "counters": out.movement_id}
    )
    alone = [moved_in(recorded.model_copy(update={"movement": movement}))[0] for movement in (out, back)]
    at_close = moved_in(closed.model_copy(update={"deposit": eur(700)}))
    assert moved_in(closed) == []
    assert {d.amount for d in deposits([alone[0], *at_close])} == {eur(900), eur(700)}
    assert {d.amount for d in deposits([*alone, *at_close])} == {eur(700)}
    assert moved_in(recorded.model_copy(update={"movement": out.model_copy(update={"category": "tip"})})) == []
