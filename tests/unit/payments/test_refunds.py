"""What may go back, and how."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.cards.stripe_snapshot import SeenRefund, answer_refund, awaits_news, declined
from payments.domain.intake.lifecycle import PaymentEvent
from payments.domain.intake.payment import Dispute, Payment
from payments.domain.intake.payment_policy import RefundLimit
from payments.domain.intake.refunds import DecideRefund, approve, refund, reject, went_back, with_receipts

from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Forbidden, IllegalTransition, NotFound
from kernel.money import Money
from tests.unit.payments.examples import (
    AT,
    BY_DESK,
    BY_STRIPE,
    card_payment,
    cash_payment,
    eur,
    heard,
    published,
    refund_command,
    settled_card_payment,
    snapshot,
    transfer_payment,
)


def test_part_of_a_transfer_goes_back_at_once() -> None:
    outcome = refund(transfer_payment(), refund_command(), "ref-1", BY_DESK)
    payment = outcome.state
    assert (payment.status, payment.refunded, payment.settled) == ("partly_refunded", eur(4000), eur(6000))
    assert published(outcome) == (PaymentEvent("refunded", payment, BY_DESK),)
    assert payment.version == 2


def test_money_that_went_back_has_the_number_of_a_receipt_from_that_version_on() -> None:
    before = refund(settled_card_payment(), refund_command(), "ref-1", BY_DESK).state
    seen = SeenRefund("re_1", "ref-1", eur(4000), "settled", AT)
    stripe = snapshot(status="succeeded", refunds=(seen,), disputes=(Dispute("dp_1", eur(100), "open"),))
    outcome = heard(before, stripe)
    assert went_back(before, outcome.state) == ("ref-1",)
    numbered = with_receipts(outcome, {"ref-1": "R-9"})
    assert [event.payment.refunds[0].receipt_number for event in numbered.events] == ["R-9", "R-9"]
    assert (published(numbered)[-1].payment, went_back(numbered.state, numbered.state)) == (numbered.state, ())
    failed = heard(numbered.state, snapshot(status="succeeded", refunds=(replace(seen, status="failed"),)))
    assert (failed.state.refunds[0].receipt_number, went_back(numbered.state, failed.state)) == ("R-9", ())


def test_what_waits_for_somebody_has_no_receipt_yet() -> None:
    asked = refund(settled_card_payment(), refund_command(), "ref-1", BY_DESK)
    assert went_back(settled_card_payment(), asked.state) == ()
    assert with_receipts(asked, {"ref-1": "R-9"}) == asked


def test_the_rest_goes_back_later() -> None:
    once = refund(transfer_payment(), refund_command(), "ref-1", BY_DESK).state
    twice = refund(once, refund_command(amount=eur(6000)), "ref-2", BY_DESK).state
    assert (twice.status, twice.settled, len(twice.refunds)) == ("refunded", eur(0), 2)


def test_no_more_goes_back_than_what_is_left() -> None:
    once = refund(transfer_payment(), refund_command(), "ref-1", BY_DESK).state
    with pytest.raises(BusinessError) as refused:
        refund(once, refund_command(amount=eur(6001)), "ref-2", BY_DESK)
    assert refused.value.code == "refund-too-high"


@pytest.mark.parametrize(
    "payment", [card_payment(), refund(transfer_payment(), refund_command(amount=eur(10000)), "ref-1", BY_DESK).state]
)
def test_what_never_came_or_went_back_already_is_not_refunded(payment: Payment) -> None:
    with pytest.raises(IllegalTransition):
        refund(payment, refund_command(), "ref-2", BY_DESK)


@pytest.mark.parametrize(
    ("payment", "changes", "code"),
    [
        (cash_payment(), {}, "register-required"),
        (transfer_payment(), {"register_id": "till-1"}, "register-not-used"),
        (transfer_payment(), {"amount": eur(0)}, "amount-not-positive"),
        (transfer_payment(), {"amount": Money(4000, "CHF")}, "currency-differs"),
    ],
)
def test_a_refund_fits_its_payment(payment: Payment, changes: dict[str, object], code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        refund(payment, refund_command(**changes), "ref-1", BY_DESK)
    assert refused.value.code == code


def test_a_cards_refund_is_pending_until_stripe_has_answered_and_is_taken_off_what_may_go_back() -> None:
    outcome = refund(settled_card_payment(), refund_command(), "ref-1", BY_DESK)
    payment = outcome.state
    assert (payment.status, payment.refunds[0].status) == ("settled", "pending")
    assert (payment.settled, payment.refundable) == (eur(10000), eur(6000))
    assert published(outcome) == ()
    assert awaits_news(payment)


def test_a_refund_that_stripe_does_not_make_leaves_the_money_where_it_is() -> None:
    pending = refund(settled_card_payment(), refund_command(), "ref-1", BY_DESK).state
    outcome = answer_refund(pending, "ref-1", declined("not-refundable"), BY_STRIPE)
    [entry] = outcome.state.refunds
    assert (entry.status, entry.failure) == ("failed", declined("not-refundable"))
    assert (outcome.state.refundable, published(outcome)) == (eur(10000), ())


MAKER, CHECKER = (Actor(f"usr-{n}", None, "billing_manager") for n in (7, 8))
LIMITS = (RefundLimit("billing_manager", eur(3_000)),)
LATER = AT + timedelta(days=1)
DECIDED = Change(LATER, CHECKER, "seen")


def decision(**changes: object) -> DecideRefund:
    given = {"payment_id": "pay-1", "refund_id": "ref-1"}
    return DecideRefund(**{**given, **changes})  # type: ignore[arg-type]


def waiting(payment: Payment, **changes: object) -> Payment:
    """With a refund of 40.00 that is above the limit."""
    return refund(payment, refund_command(**changes), "ref-1", Change(AT, MAKER), LIMITS).state


def test_above_the_limit_nothing_goes_back_and_all_of_it_is_reserved() -> None:
    outcome = refund(transfer_payment(), refund_command(), "ref-1", Change(AT, MAKER), LIMITS)
    payment = outcome.state
    assert (payment.status, payment.settled, payment.refundable) == ("settled", eur(10_000), eur(6_000))
    assert (payment.refunds[0].status, payment.awaits_approval, published(outcome)) == ("awaiting_approval", True, ())
    with pytest.raises(BusinessError) as refused:
        refund(payment, refund_command(amount=eur(6_001)), "ref-2", Change(AT, MAKER), LIMITS)
    assert refused.value.code == "refund-too-high"


def test_what_a_second_person_approves_goes_back_then() -> None:
    outcome = approve(waiting(transfer_payment()), decision(), DECIDED)
    [entry] = outcome.state.refunds
    assert (entry.status, entry.refunded_at, entry.refunded_by, entry.decided_by) == ("settled", LATER, MAKER, CHECKER)
    assert (outcome.state.settled, outcome.state.refundable) == (eur(6_000), eur(6_000))
    assert published(outcome) == (PaymentEvent("refunded", outcome.state, DECIDED),)


def test_a_cards_refund_goes_to_stripe_once_it_is_approved() -> None:
    asked = waiting(settled_card_payment())
    assert not awaits_news(asked)
    approved = approve(asked, decision(), DECIDED).state
    assert (approved.refunds[0].status, awaits_news(approved)) == ("pending", True)


def test_cash_may_come_out_of_another_drawer_than_was_asked_for() -> None:
    asked = waiting(cash_payment(), register_id="till-1")
    assert approve(asked, decision(register_id="till-2"), DECIDED).state.refunds[0].register_id == "till-2"
    assert approve(asked, decision(), DECIDED).state.refunds[0].register_id == "till-1"
    with pytest.raises(BusinessError) as refused:
        approve(waiting(transfer_payment()), decision(register_id="till-2"), DECIDED)
    assert refused.value.code == "register-not-used"


def test_what_a_second_person_rejects_is_free_again() -> None:
    outcome = reject(waiting(transfer_payment()), decision(), DECIDED)
    [entry] = outcome.state.refunds
    assert (entry.status, entry.decision_reason, entry.refunded_at) == ("rejected", "seen", AT)
    assert (outcome.state.settled, outcome.state.refundable, published(outcome)) == (eur(10_000), eur(10_000), ())
    with pytest.raises(IllegalTransition):
        approve(outcome.state, decision(), DECIDED)


@pytest.mark.parametrize("decide", [approve, reject])
def test_who_asks_for_a_refund_does_not_decide_on_it(decide: object) -> None:
    with pytest.raises(Forbidden) as refused:
        decide(waiting(transfer_payment()), decision(), Change(LATER, MAKER))  # type: ignore[operator]
    assert (refused.value.code, refused.value.status) == ("maker-is-checker", 403)


@pytest.mark.parametrize("decide", [approve, reject])
def test_only_a_refund_that_waits_is_decided_on(decide: object) -> None:
    done = refund(transfer_payment(), refund_command(), "ref-1", BY_DESK).state
    with pytest.raises(IllegalTransition):
        decide(done, decision(), DECIDED)  # type: ignore[operator]
    with pytest.raises(NotFound):
        decide(done, decision(refund_id="ref-2"), DECIDED)  # type: ignore[operator]


def test_what_one_person_may_give_back_alone_is_counted_without_what_two_have_agreed_on() -> None:
    approved = approve(waiting(transfer_payment()), decision(), DECIDED).state
    alone = refund(approved, refund_command(amount=eur(3_000)), "ref-2", Change(LATER, MAKER), LIMITS).state
    assert [entry.status for entry in alone.refunds] == ["settled", "settled"]
    more = refund(alone, refund_command(amount=eur(1)), "ref-3", Change(LATER, MAKER), LIMITS).state
    assert more.refunds[-1].status == "awaiting_approval"


_STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "approve", "reject"]), st.integers(1, 4_000), st.integers(0, 7)), max_size=12
)


@given(_STEPS)
def test_whatever_is_asked_for_and_decided_no_more_goes_back_than_came_and_none_above_the_limit_by_one_person(
    steps: list[tuple[str, int, int]],
) -> None:
    payment = transfer_payment()
    for number, (what, amount, which) in enumerate(steps):
        try:
            if what == "ask":
                command = refund_command(amount=eur(amount))
                payment = refund(payment, command, f"ref-{number}", Change(AT, MAKER), LIMITS).state
            else:
                decide = approve if what == "approve" else reject
                payment = decide(payment, decision(refund_id=f"ref-{which}"), DECIDED).state
        except BusinessError:
            continue
    assert payment.refunded.amount_minor + payment.settled.amount_minor == 10_000
    assert payment.refundable.amount_minor >= 0
    alone = [r.amount.amount_minor for r in payment.refunds if r.status == "settled" and r.decided_by is None]
    assert sum(alone) <= 3_000
    assert all(r.decided_by == CHECKER for r in payment.refunds if r.status == "rejected")
