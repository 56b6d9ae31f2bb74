"""What becomes of an instalment that a card on file is charged for."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.cards.declines import WORDS
from payments.domain.cards_on_file.card_charge import (
    HARD_DECLINES,
    TRANSITIONS,
    CardCharge,
    CardChargeEventKind,
    CardChargeOutcome,
    announce,
    charge_id_of,
    conclude,
    drop,
    payment_id_of,
    start,
)
from payments.domain.cards_on_file.card_on_file import observe_setup
from payments.domain.intake.open_items import Instalment, Invoice, Totals
from payments.domain.intake.payment import Failure, Payment

from kernel.actor import system
from kernel.change import Change
from kernel.errors import IllegalTransition
from tests.unit.payments.examples import AT, card_payment, eur
from tests.unit.payments.test_card_on_file import SUCCEEDED, pending

PLAN, DUE = system("card-on-file"), date(2026, 12, 1)
BY_PLAN = Change(AT, PLAN)
PART = Instalment(2, DUE, eur(4_000))
INVOICE = Invoice("inv-1", "clinic-berlin", "pat-77", "finalized", "EUR", Totals(eur(4_000)), ())
CARD = observe_setup(pending(), SUCCEEDED, BY_PLAN).state


def announced() -> CardCharge:
    return announce(CARD, INVOICE, PART, DUE, DUE, BY_PLAN).state


def charging() -> CardCharge:
    return start(announced(), eur(4_000), BY_PLAN).state


def happened(outcome: CardChargeOutcome) -> CardChargeEventKind:
    [event] = outcome.events
    assert event.charge == outcome.state
    return event.kind


def payment(status: Any, failure: Failure | None = None) -> Payment:
    return replace(card_payment(), status=status, failure=failure)


def test_it_is_announced_before_it_is_charged() -> None:
    outcome = announce(CARD, INVOICE, PART, DUE, DUE, BY_PLAN)
    assert (happened(outcome), outcome.state.status, outcome.state.version) == ("announced", "announced", 1)
    assert (outcome.state.amount, outcome.state.charge_on) == (eur(4_000), DUE)


def test_each_instalment_and_each_attempt_has_an_id_of_its_own_that_never_changes() -> None:
    others = [replace(PART, number=3), replace(PART, due_on=date(2027, 1, 1))]
    ids = {charge_id_of("crd-1", "inv-1", part) for part in (PART, *others)}
    ids |= {charge_id_of("crd-1", "inv-2", PART), charge_id_of("crd-2", "inv-1", PART)}
    assert (len(ids), charge_id_of(CARD.card_id, "inv-1", PART)) == (5, announced().charge_id)
    changes: list[Any] = [{"attempts": 1}, {"card_id": "crd-2"}, {"invoice_id": "inv-2"}, {"instalment": 9}]
    payments = {payment_id_of(replace(announced(), **change)) for change in changes} | {payment_id_of(announced())}
    assert len(payments) == 5


def test_the_ids_of_later_days_sort_later() -> None:
    days = [date(2026, 12, 1), date(2026, 12, 2), date(2027, 1, 1)]
    ids = [payment_id_of(replace(announced(), charge_on=day)) for day in days]
    assert (ids, {len(id_) for id_ in ids}) == (sorted(ids), {36})


def test_an_attempt_carries_the_payment_that_it_is() -> None:
    assert (charging().payment_id, charging().attempts) == (payment_id_of(announced()), 1)


@pytest.mark.parametrize("status", ["settled", "partly_refunded", "refunded", "disputed"])
def test_money_that_came_settles_it(status: str) -> None:
    outcome = conclude(charging(), payment(status), date(2026, 12, 4), BY_PLAN)
    assert (outcome.state.status, happened(outcome)) == ("paid", "paid")


def test_without_an_answer_nothing_follows() -> None:
    assert conclude(charging(), payment("pending"), DUE, BY_PLAN).state == charging()


@given(st.sampled_from(sorted(WORDS)), st.booleans(), st.none() | st.just(date(2026, 12, 4)))
def test_a_decline_is_tried_again_unless_it_is_hard_or_there_is_no_day_left(
    code: Any, final: bool, retry_on: date | None
) -> None:
    failure = Failure(code, WORDS[code], final=final)
    outcome = conclude(charging(), payment("failed", failure), retry_on, BY_PLAN)
    if retry_on is None or final or code in HARD_DECLINES:
        assert (outcome.state.status, happened(outcome)) == ("given_up", "given_up")
    else:
        assert (outcome.state.status, happened(outcome), outcome.state.charge_on) == ("waiting", "postponed", retry_on)
    assert outcome.state.failure == failure


def test_every_hard_decline_is_one_that_exists() -> None:
    assert set(WORDS) >= HARD_DECLINES


def test_what_is_over_stays_over() -> None:
    over = drop(announced(), BY_PLAN).state
    assert not [command for status, command in TRANSITIONS if status in ("paid", "given_up", "dropped")]
    with pytest.raises(IllegalTransition):
        start(over, eur(1), BY_PLAN)
    with pytest.raises(IllegalTransition):
        drop(charging(), BY_PLAN)
