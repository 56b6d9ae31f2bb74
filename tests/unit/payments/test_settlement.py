"""What moves on a day is booked once, adds up, and differs from Stripe and the bank only where a line says why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.bank.transaction import Transaction
from payments.domain.cards.stripe_snapshot import SeenRefund
from payments.domain.intake.intake import reverse, take_cash, take_transfer
from payments.domain.intake.payment import Dispute, DisputeStatus, Payment, RefundStatus
from payments.domain.intake.refunds import refund, with_receipts
from payments.domain.settlement.movements import MOVES, Movement, movements
from payments.domain.settlement.settlement import (
    OPEN,
    beside_bank,
    receipts,
    summed,
)
from payments.domain.settlement.stripe_balance import (
    BalanceEntry,
    Day,
    EntryKind,
    beside_stripe,
    fees_beside_stripe,
    fees_of,
)

from kernel.change import Change
from kernel.errors import BusinessError
from kernel.money import Money
from tests.unit.payments.examples import (
    AT,
    BY_DESK,
    DESK,
    STRIPE,
    card_payment,
    cash_command,
    eur,
    heard,
    refund_command,
    settled_card_payment,
    snapshot,
    transfer_command,
    transfer_payment,
)

DAY = date(2026, 11, 20)
TEN = eur(10_000)


def booked_of(*versions: Payment) -> list[Movement]:
    """Between each version and the next."""
    pairs = zip((None, *versions), versions, strict=False)
    return [movement for before, after in pairs for movement in movements(before, after)]


def moved_minor(moved: list[Movement]) -> int:
    return sum(m.amount.amount_minor for m in moved if m.kind in MOVES)


def test_a_transfer_that_is_given_back_in_part_and_unmatched_moves_each_time() -> None:
    paid = transfer_payment()
    back = refund(paid, refund_command(), "ref-1", BY_DESK).state
    assert [(m.kind, m.amount, m.by) for m in booked_of(paid, back)] == [
        ("received", eur(10_000), DESK),
        ("refunded", eur(-4_000), DESK),
    ]
    assert [(m.kind, m.amount) for m in booked_of(paid, reverse(paid, BY_DESK).state)] == [
        ("received", eur(10_000)),
        ("reversed", eur(-10_000)),
    ]


def test_a_card_is_received_by_who_asked_for_it_though_stripe_says_so() -> None:
    settled = settled_card_payment()
    assert settled.changed_by == STRIPE
    received, *fees = booked_of(card_payment(), settled)
    assert {fee.kind for fee in fees} <= {"fee"}
    assert (received.kind, received.by, received.receipt_number) == ("received", DESK, settled.receipt_number)


_REFUNDS: st.SearchStrategy[RefundStatus] = st.sampled_from(["pending", "settled", "failed"])
_DISPUTES: st.SearchStrategy[DisputeStatus] = st.sampled_from(["inquiry", "open", "won", "lost"])


@given(st.lists(st.tuples(st.integers(0, 2), _REFUNDS, _DISPUTES), max_size=8))
def test_whatever_stripe_says_in_whatever_order_the_movements_add_up_to_what_counts(
    states: list[tuple[int, RefundStatus, DisputeStatus]],
) -> None:
    """Three refunds of 20.00 and a dispute of 40.00: never more than came."""
    versions = [card_payment(), settled_card_payment()]
    for which, refunded, disputed in states:
        seen = SeenRefund(f"re_{which}", None, eur(2_000), refunded, AT)
        dispute = Dispute("dp_1", eur(4_000), disputed)
        news = snapshot(status="succeeded", succeeded_at=AT, refunds=(seen,), disputes=(dispute,))
        outcome = heard(versions[-1], news)
        versions += [event.payment for event in outcome.events]
    moved = booked_of(*versions)
    assert moved_minor(moved) == versions[-1].settled.amount_minor
    assert [movement.kind for movement in moved].count("received") == 1


@given(st.lists(st.integers(1, 6_000), max_size=6), st.booleans())
def test_the_sums_by_method_and_by_person_are_the_same_money(amounts: list[int], cash: bool) -> None:
    taken = take_cash(cash_command(), "pay-1", "R-c-000001", BY_DESK).state if cash else transfer_payment()
    versions = [taken]
    for number, amount in enumerate(amounts):
        by, register_id = replace(DESK, actor_id=f"usr-{number % 2}"), "till-1" if cash else None
        command = refund_command(amount=eur(amount), register_id=register_id)
        try:
            versions.append(refund(versions[-1], command, f"ref-{number}", Change(AT, by)).state)
        except BusinessError:
            continue
    moved = booked_of(*versions)
    for key in (lambda m: m.method, lambda m: m.by.actor_id):
        assert sum(s.net.amount_minor for s in summed(moved, key).values()) == versions[-1].settled.amount_minor


def test_receipts_say_from_where_to_where_and_what_is_missing_between() -> None:
    paid = [take_transfer(transfer_command(), f"pay-{n}", f"R-clinic-a-{n:06d}", BY_DESK).state for n in (8, 9, 12, 10)]
    drawn = receipts(movement for payment in paid for movement in booked_of(payment))
    assert (drawn.count, drawn.first, drawn.last) == (4, "R-clinic-a-000008", "R-clinic-a-000012")
    assert drawn.missing == ("R-clinic-a-000011",)
    assert receipts([]).count == 0
    back = with_receipts(refund(paid[2], refund_command(), "ref-1", BY_DESK), {"ref-1": "R-clinic-a-000011"}).state
    of_all = receipts([m for payment in paid for m in booked_of(payment)] + booked_of(paid[2], back))
    assert (of_all.count, of_all.missing) == (5, ())


MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
WHOLE = Day(MIDNIGHT, MIDNIGHT + timedelta(days=1), MIDNIGHT + timedelta(days=1))


def entry(kind: EntryKind, amount: int, intent_id: str = "pi_1", fee: int = 0) -> BalanceEntry:
    return BalanceEntry(f"txn_{kind}", kind, intent_id, None, eur(amount), eur(fee), AT)


def test_where_stripe_booked_the_same_there_is_nothing_to_explain() -> None:
    settled = settled_card_payment()
    [same] = beside_stripe(booked_of(card_payment(), settled), [entry("charge", 10_000)], {"pi_1": settled}, WHOLE)
    assert (same.ours, same.theirs, same.difference, same.lines, same.explained) == (
        eur(10_000),
        eur(10_000),
        eur(0),
        (),
        True,
    )
    assert fees_of([entry("charge", 1, fee=30), entry("charge", 1, fee=5)]) == (eur(35),)


@pytest.mark.parametrize(
    ("ours", "theirs", "payment", "why", "more"),
    [
        (True, [9_000], settled_card_payment(), "amounts-differ", -1_000),
        (False, [10_000], settled_card_payment(), "booked-here-on-another-day", 10_000),
        (False, [10_000], card_payment(), "not-booked-here", 10_000),
        (False, [10_000], None, "not-booked-here", 10_000),
        (True, [], settled_card_payment(), "not-there", -10_000),
        (
            True,
            [],
            replace(settled_card_payment(), settled_at=AT - timedelta(days=1)),
            "booked-there-on-another-day",
            -10_000,
        ),
    ],
)
def test_each_difference_to_stripe_has_its_line(
    ours: bool, theirs: list[int], payment: Payment | None, why: str, more: int
) -> None:
    moved = booked_of(card_payment(), settled_card_payment()) if ours else []
    known = {} if payment is None else {"pi_1": payment}
    [found] = beside_stripe(moved, [entry("charge", amount) for amount in theirs], known, WHOLE)
    [line] = found.lines
    assert (line.why, line.amount, line.other_id) == (why, eur(more), "pi_1")
    assert (found.difference, found.explained) == (eur(more), why not in OPEN)


def test_what_we_wrote_down_after_stripe_was_last_read_is_explained() -> None:
    moved = booked_of(card_payment(), settled_card_payment())
    early = replace(WHOLE, as_of=moved[0].at)
    [found] = beside_stripe(moved, [], {"pi_1": settled_card_payment()}, early)
    assert [(line.why, line.amount) for line in found.lines] == [("not-read-yet", eur(-10_000))]
    assert found.explained


def with_fee(fee: int | None) -> Payment:
    return replace(settled_card_payment(), fee=None if fee is None else eur(fee))


@pytest.mark.parametrize(
    ("noted", "booked", "payment", "why", "more"),
    [
        (175, [entry("charge", 10_000, fee=180)], with_fee(175), "amounts-differ", 5),
        (None, [entry("charge", 10_000, fee=175)], with_fee(None), "fee-not-told-yet", 175),
        (None, [entry("charge", 10_000, fee=175)], with_fee(175), "booked-here-on-another-day", 175),
        (None, [entry("charge", 10_000, fee=180)], with_fee(175), "amounts-differ", 180),
        (None, [entry("charge", 10_000, fee=175)], None, "not-booked-here", 175),
        (175, [], with_fee(175), "not-there", -175),
        (
            175,
            [],
            replace(with_fee(175), settled_at=AT - timedelta(days=1)),
            "booked-there-on-another-day",
            -175,
        ),
        (None, [entry("dispute", -10_000, fee=1_500)], with_fee(175), "dispute-fee", 1_500),
        (None, [entry("refund", -10_000, fee=20)], with_fee(175), "refund-fee", 20),
    ],
)
def test_each_fee_that_differs_has_its_line(
    noted: int | None, booked: list[BalanceEntry], payment: Payment | None, why: str, more: int
) -> None:
    moved = [] if noted is None else booked_of(card_payment(), with_fee(noted))
    known = {} if payment is None else {"pi_1": payment}
    [found] = fees_beside_stripe(moved, booked, known, WHOLE)
    assert [(line.why, line.amount, line.other_id) for line in found.lines] == [(why, eur(more), "pi_1")]
    assert (found.difference, found.explained) == (eur(more), why not in OPEN)


def test_fees_that_are_the_same_need_no_line_and_what_costs_nothing_is_no_fee() -> None:
    moved = booked_of(card_payment(), with_fee(175))
    booked = [entry("charge", 10_000, fee=175), entry("refund", -2_000)]
    [same] = fees_beside_stripe(moved, booked, {"pi_1": with_fee(175)}, WHOLE)
    assert (same.ours, same.theirs, same.lines, same.explained) == (eur(175), eur(175), (), True)


_KINDS: st.SearchStrategy[EntryKind] = st.sampled_from(["charge", "refund", "dispute"])


@given(
    st.lists(st.tuples(_KINDS, st.integers(-9, 9), st.integers(0, 3), st.integers(0, 2)), max_size=8),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=3),
)
def test_the_lines_always_make_the_difference_to_stripe(
    there: list[tuple[EntryKind, int, int, int]], here: list[tuple[int, int]]
) -> None:
    booked = [entry(kind, amount, f"pi_{intent}", fee) for kind, amount, fee, intent in there]
    moved = [
        replace(movement, intent_id=f"pi_{intent}")
        for intent, fee in here
        for movement in booked_of(card_payment(), with_fee(fee))
    ]
    known = {"pi_1": with_fee(175)}
    for found in (*beside_stripe(moved, booked, known, WHOLE), *fees_beside_stripe(moved, booked, known, WHOLE)):
        assert sum(line.amount.amount_minor for line in found.lines) == found.difference.amount_minor
        assert all(line.amount.amount_minor for line in found.lines)


def transaction(amount: Money = TEN, **changes: object) -> Transaction:
    given = {
        "transaction_id": "btx-1",
        "clinic_id": "clinic-berlin",
        "statement_id": "bst-1",
        "account": "DE1",
        "version": 2,
        "status": "matched",
        "booked_on": DAY,
        "value_on": None,
        "amount": amount,
        "credit": True,
        "reversal": False,
        "bank_reference": None,
        "end_to_end_id": None,
        "text": "",
        "counterparty_name": None,
        "counterparty_iban": None,
        "charges": None,
        "references": (),
        "words": (),
    }
    return Transaction(**{**given, **changes})  # type: ignore[arg-type]


def of_bank(amount: int = 10_000, id_: str | None = "btx-1") -> Payment:
    command = transfer_command(amount=eur(amount), bank_transaction_id=id_)
    return take_transfer(command, f"pay-{id_}-{amount}", "R-1", BY_DESK).state


def test_what_the_bank_booked_and_was_matched_is_no_difference() -> None:
    [same] = beside_bank([transaction(), transaction(eur(-1), credit=False)], [of_bank(4_000), of_bank(6_000)])
    assert (same.ours, same.theirs, same.lines, same.explained) == (eur(10_000), eur(10_000), (), True)


@pytest.mark.parametrize(
    ("transactions", "payments", "why", "more"),
    [
        ([transaction(status="new")], [], "not-looked-at", 10_000),
        ([transaction(status="unmatched")], [], "unmatched", 10_000),
        ([transaction(status="set_aside")], [], "set-aside", 10_000),
        ([transaction(status="reversed")], [], "taken-back", 10_000),
        ([transaction()], [of_bank(9_000)], "amounts-differ", 1_000),
        ([], [of_bank(5_000, None)], "no-statement", -5_000),
        ([], [of_bank(5_000)], "transaction-missing", -5_000),
        ([transaction(status="reversed")], [reverse(of_bank(), BY_DESK).state], "taken-back", 10_000),
    ],
)
def test_each_difference_to_the_bank_has_its_line(
    transactions: list[Transaction], payments: list[Payment], why: str, more: int
) -> None:
    [found] = beside_bank(transactions, payments)
    assert [(line.why, line.amount) for line in found.lines] == [(why, eur(more))]
    assert (found.difference, found.explained) == (eur(more), why not in OPEN)


_STATES = st.sampled_from(["new", "unmatched", "set_aside", "matched", "reversed"])


@given(st.lists(st.tuples(_STATES, st.integers(1, 9), st.sampled_from(["EUR", "CHF"]))), st.lists(st.integers(1, 9)))
def test_the_lines_always_make_the_difference(came: list[tuple[str, int, str]], entered: list[int]) -> None:
    transactions, payments = [], [of_bank(amount, None) for amount in entered]
    for number, (status, amount, currency) in enumerate(came):
        id_, money = f"btx-{number}", Money(amount, currency)
        transactions.append(transaction(money, transaction_id=id_, status=status))
        if status == "matched":
            payments.append(replace(of_bank(amount, id_), amount=money))
    for found in beside_bank(transactions, payments):
        assert sum(line.amount.amount_minor for line in found.lines) == found.difference.amount_minor
        assert found.explained
