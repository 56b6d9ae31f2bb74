"""The states of a bank transaction: each step is one version, one event and one line of history, or cannot happen."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest
from payments.domain.bank import lifecycle
from payments.domain.bank.lifecycle import TRANSITIONS, TransactionEvent, TransactionEventKind, TransactionOutcome
from payments.domain.bank.overlap import Suspicion
from payments.domain.bank.transaction import (
    Decision,
    GivesBack,
    Share,
    Transaction,
    TransactionCommand,
    TransactionStatus,
)
from payments.store.bank.transactions import REVISION_TYPES

from kernel.change import Change
from kernel.errors import IllegalTransition
from tests.unit.payments.bank.test_matching import moved_in
from tests.unit.payments.examples import AT, DESK, eur

BECAUSE = Change(AT, DESK, "seen on paper")
DECISION = Decision("number", 90, "names B-1; pays exactly", (Share("pat-1", "inv-1", eur(500)),))
REFUND = GivesBack("pay-1", "ref-1", "payer", 80, "to the account that paid")
STEPS: dict[TransactionCommand, tuple[TransactionEventKind, Callable[[Transaction], TransactionOutcome]]] = {
    "match": ("matched", lambda t: lifecycle.match(t, DECISION, BECAUSE)),
    "queue": ("queued", lambda t: lifecycle.queue(t, BECAUSE, (DECISION,))),
    "set_aside": ("set_aside", lambda t: lifecycle.set_aside(t, BECAUSE)),
    "unmatch": ("unmatched", lambda t: lifecycle.unmatch(t, BECAUSE)),
    "reverse": ("reversed", lambda t: lifecycle.reverse(t, BECAUSE)),
    "pass_over": ("passed_over", lambda t: lifecycle.pass_over(t, BECAUSE)),
    "look_again": ("looked_at_again", lambda t: lifecycle.look_again(t, BECAUSE)),
    "take": ("taken", lambda t: lifecycle.take(replace(t, suspicion=Suspicion("as another")), BECAUSE)),
    "give_back": ("given_back", lambda t: lifecycle.give_back(t, REFUND, BECAUSE)),
}


def in_state(status: TransactionStatus) -> Transaction:
    return moved_in("btx-1", 500, status=status)


@pytest.mark.parametrize("status", get_args(TransactionStatus))
@pytest.mark.parametrize("command", get_args(TransactionCommand))
def test_each_step_is_one_version_and_one_event_and_what_the_table_does_not_have_cannot_happen(
    status: TransactionStatus, command: TransactionCommand
) -> None:
    kind, step = STEPS[command]
    if (status, command) not in TRANSITIONS:
        with pytest.raises(IllegalTransition):
            step(in_state(status))
        return
    outcome = step(in_state(status))
    after, [last] = outcome.state, outcome.state.history
    assert (after.status, after.version) == (TRANSITIONS[status, command], 2)
    assert (last.at, last.by, last.command) == (AT, DESK, command)
    assert outcome.events == (TransactionEvent(kind, after, Change(AT, DESK, last.reason)),)


def test_every_kind_of_event_has_its_own_revision() -> None:
    kinds = {kind for kind, _ in STEPS.values()}
    assert {*kinds, "imported"} == set(get_args(TransactionEventKind)) == set(REVISION_TYPES)
    assert len(set(REVISION_TYPES.values())) == len(REVISION_TYPES)


def test_what_is_imported_is_as_the_bank_has_it() -> None:
    outcome = lifecycle.imported(in_state("new"), BECAUSE)
    assert outcome.state == in_state("new")
    assert outcome.events == (TransactionEvent("imported", in_state("new"), BECAUSE),)


def test_a_match_names_the_payments_to_be_and_keeps_the_reason_of_the_decision() -> None:
    suspect = replace(in_state("unmatched"), suspicion=Suspicion("as another"), proposals=(DECISION,))
    after = lifecycle.match(suspect, DECISION, Change(AT, DESK)).state
    [share] = after.shares
    assert (share.payment_id or "").startswith("pay_")
    assert lifecycle.match(suspect, DECISION, Change(AT, DESK)).state.shares == (share,)
    assert (after.suspicion, after.proposals, after.history[-1].reason) == (None, (), DECISION.reason)


def test_what_is_unmatched_is_left_to_people_and_says_where_the_money_had_been() -> None:
    matched = lifecycle.match(in_state("new"), DECISION, BECAUSE).state
    after = lifecycle.unmatch(matched, BECAUSE).state
    assert (after.shares, after.history[-1].shares, after.by_hand) == ((), matched.shares, True)


def test_a_payout_is_set_aside_by_a_rule_until_a_person_takes_it_out() -> None:
    aside = lifecycle.set_aside_payout(in_state("new"), "po_1", BECAUSE).state
    assert (aside.status, aside.payout_id, aside.by_hand) == ("set_aside", "po_1", False)
    assert lifecycle.unmatch(aside, BECAUSE).state.payout_id is None


def test_only_what_was_suspected_can_be_taken() -> None:
    with pytest.raises(IllegalTransition):
        lifecycle.take(in_state("unmatched"), BECAUSE)


def test_an_entry_of_zero_is_set_aside_and_says_so_and_a_person_may_still_look_at_it() -> None:
    after = lifecycle.set_aside_empty(in_state("new"), BECAUSE).state
    assert (after.status, after.history[-1].reason, after.by_hand) == ("set_aside", lifecycle.EMPTY, False)
    assert lifecycle.unmatch(after, BECAUSE).state.status == "unmatched"
