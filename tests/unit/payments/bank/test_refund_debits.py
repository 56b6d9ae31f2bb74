"""A refund by transfer is known to have left when the bank books it: by its name, the payment's, or who paid."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.bank.lifecycle import give_back, unmatch
from payments.domain.bank.refund_debits import EARLY, LATE, awaited, refund_of
from payments.domain.bank.transaction import GivesBack, Transaction
from payments.domain.intake.payment import Payment
from payments.domain.intake.refunds import refund, seen_leaving, seen_no_more

from tests.unit.payments.bank.test_matching import moved_in
from tests.unit.payments.examples import AT, BY_DESK, eur, published, refund_command, transfer_payment

PAYER = "DE2"
DAY = AT.date()


def given_back(*amounts: int, payment_id: str = "pay-1", **changes: Any) -> Payment:
    """A transfer with refunds of these amounts, `ref-1` and so on."""
    payment = replace(transfer_payment(), payment_id=payment_id, reference="RF18539007547034", **changes)
    for number, amount in enumerate(amounts, 1):
        payment = refund(payment, refund_command(amount=eur(amount)), f"ref-{number}", BY_DESK).state
    return payment


def debit(amount: int, **changes: Any) -> Transaction:
    fields: dict[str, Any] = {"credit": False, "status": "new", "booked_on": DAY, "counterparty_iban": None, **changes}
    return moved_in("out", amount, **fields)


def found(debit_: Transaction, *payments: Payment, iban: str | None = PAYER) -> tuple[str, str] | None:
    gives = refund_of(debit_, [a for p in payments for a in awaited(p, iban)])
    return None if gives is None else (gives.refund_id, gives.rule)


def test_a_debit_is_the_refund_that_it_names_or_of_the_payment_or_to_who_paid() -> None:
    payment = given_back(400, 600)
    assert found(debit(600, words=("REF2",)), payment) == ("ref-2", "refund")
    assert found(debit(600, references=("RF18539007547034",)), payment) == ("ref-2", "reference")
    assert found(debit(400, words=("RCLINIC1000007",)), replace(payment, receipt_number="R-clinic-1-000007")) == (
        "ref-1",
        "reference",
    )
    assert found(debit(400, counterparty_iban=PAYER), payment) == ("ref-1", "payer")


@pytest.mark.parametrize(
    "other",
    [
        debit(401, counterparty_iban=PAYER),
        debit(400, counterparty_iban="DE3"),
        debit(400),
        debit(400, counterparty_iban=PAYER, booked_on=DAY - EARLY - timedelta(days=1)),
        debit(400, counterparty_iban=PAYER, booked_on=DAY + LATE + timedelta(days=1)),
        debit(400, counterparty_iban=PAYER, credit=True),
        debit(400, counterparty_iban=PAYER, reversal=True),
    ],
)
def test_another_amount_account_time_or_direction_is_no_refund(other: Transaction) -> None:
    assert found(other, given_back(400)) is None


def test_what_can_be_the_refund_of_two_payments_waits_and_of_one_payment_the_oldest_left() -> None:
    first, second = given_back(400, 400), given_back(400, payment_id="pay-2")
    assert found(debit(400, counterparty_iban=PAYER), first, second) is None
    assert found(debit(400, counterparty_iban=PAYER), first) == ("ref-1", "payer")
    assert found(debit(400, counterparty_iban=None), first, iban=None) is None


def test_a_refund_leaves_once_and_is_awaited_again_when_that_is_taken_back() -> None:
    payment = given_back(400)
    gone = seen_leaving(payment, "ref-1", "btx-1", BY_DESK)
    assert (published(gone), gone.state.refunds_awaited, gone.state.version) == ((), (), payment.version + 1)
    assert gone.state.settled == payment.settled
    assert found(debit(400, words=("REF1",)), gone.state) is None
    again = seen_no_more(gone.state, "ref-1", BY_DESK).state
    assert again.refunds == payment.refunds
    assert again.refund_unseen


def test_a_refund_by_other_ways_is_awaited_from_no_bank() -> None:
    assert replace(given_back(400), method="cash").refunds_awaited == ()


def test_a_debit_that_gives_back_can_be_taken_back() -> None:
    refunded = GivesBack("pay-1", "ref-1", "person", 100, "x")
    gone = give_back(debit(400), refunded, BY_DESK).state
    assert (gone.status, gone.gives_back, gone.history[-1].reason) == ("refund", refunded, "x")
    assert (unmatch(gone, BY_DESK).state.status, unmatch(gone, BY_DESK).state.gives_back) == ("unmatched", None)


@given(amounts=st.lists(st.sampled_from([100, 200]), min_size=1, max_size=5), order=st.data())
def test_each_debit_takes_one_refund_and_none_is_taken_twice(amounts: list[int], order: st.DataObject) -> None:
    payment = given_back(*amounts)
    taken = []
    for amount in order.draw(st.permutations([*amounts, 100])):
        gives = refund_of(debit(amount, counterparty_iban=PAYER), awaited(payment, PAYER))
        if gives is not None:
            taken.append(gives.refund_id)
            payment = seen_leaving(payment, gives.refund_id, "btx", BY_DESK).state
    assert len(taken) == len(set(taken)) == len(amounts)
    assert not payment.refund_unseen
