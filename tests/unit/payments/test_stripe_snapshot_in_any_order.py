"""Whatever order the outside world's news come in, and however often: the same state."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from payments.domain.cards.declines import DeclineCode
from payments.domain.cards.stripe_snapshot import IntentStatus, SeenRefund, StripeSnapshot, brings_money, declined
from payments.domain.intake.payment import Dispute, DisputeStatus, Payment, RefundStatus
from payments.domain.intake.refunds import refund

from tests.unit.payments.examples import (
    AT,
    BY_DESK,
    card_payment,
    eur,
    heard,
    published,
    refund_command,
    settled_card_payment,
    snapshot,
)

DECLINES: list[DeclineCode] = ["card-declined", "insufficient-funds", "card-expired"]
REFUND_COURSES: list[list[RefundStatus]] = [
    ["pending"],
    ["settled"],
    ["pending", "settled"],
    ["pending", "failed"],
    ["settled", "failed"],
]
DISPUTE_COURSES: list[list[DisputeStatus]] = [
    ["open", "lost", "won"],
    ["lost", "won"],
    ["inquiry"],
    ["open"],
    ["open", "won"],
    ["inquiry", "open", "lost"],
    ["inquiry", "won"],
]


@st.composite
def lives(draw: st.DrawFn) -> list[StripeSnapshot]:
    """All that Stripe could have said of one PaymentIntent, from its first moment on."""
    news = [snapshot()]
    for attempt, code in enumerate(draw(st.lists(st.sampled_from(DECLINES), max_size=4))):
        failure = declined(code, AT + timedelta(seconds=attempt // 2), f"ch_{attempt}")
        news += [snapshot(decline=failure), snapshot()]
    end: IntentStatus = draw(st.sampled_from(["open", "succeeded", "succeeded", "succeeded", "canceled"]))
    news.append(snapshot(status=end, succeeded_at=AT if end == "succeeded" else None))
    if end == "succeeded":
        news.append(replace(news[-1], fee=eur(175)))
        news += _afterwards(draw, news[-1])
    return news


def _afterwards(draw: st.DrawFn, paid: StripeSnapshot) -> list[StripeSnapshot]:
    """Refunds and disputes, each on its course, mixed."""
    courses = draw(st.lists(st.sampled_from(REFUND_COURSES), max_size=3))
    refunds = [[_refund(number, status) for status in course] for number, course in enumerate(courses)]
    course = draw(st.one_of(st.just([]), st.sampled_from(DISPUTE_COURSES)))
    disputes = [Dispute("dp_1", eur(10000), status) for status in course]
    if draw(st.booleans()):
        disputes = _booked(disputes)
    steps = draw(st.permutations([number for number, c in enumerate(refunds) for _ in c] + [-1] * len(disputes)))
    news, now = [], paid
    for step in steps:
        now = _with_dispute(now, disputes.pop(0)) if step < 0 else _with_refund(now, refunds[step].pop(0))
        news.append(now)
    return news


def _booked(disputes: list[Dispute]) -> list[Dispute]:
    """With what each did to Stripe's balance; and what was won is taken a second time."""
    booked: list[Dispute] = []
    moves = 0
    for dispute in disputes:
        moves = {"inquiry": 0, "open": 1, "lost": 1, "won": moves + 1 if moves else 0}[dispute.status]
        booked.append(replace(dispute, taken=moves % 2 == 1, moves=moves))
    if booked and booked[-1].status == "won" and moves:
        booked.append(replace(booked[-1], status="lost", taken=True, moves=moves + 1))
    return booked


def _refund(number: int, status: RefundStatus) -> SeenRefund:
    ours = "ref-ours" if number == 0 else None
    return SeenRefund(f"re_{number}", ours, eur(2500), status, AT + timedelta(seconds=number))


def _with_refund(now: StripeSnapshot, refund: SeenRefund) -> StripeSnapshot:
    others = [known for known in now.refunds if known.gateway_id != refund.gateway_id]
    return replace(now, refunds=(*others, refund))


def _with_dispute(now: StripeSnapshot, dispute: Dispute) -> StripeSnapshot:
    return replace(now, disputes=(dispute,))


def after(payment: Payment, news: list[StripeSnapshot]) -> Payment:
    """The payment, without what only says in how many steps it got there."""
    for seen in news:
        payment = heard(payment, seen).state
    return replace(payment, version=0)


@given(lives(), st.data())
def test_any_order_and_repetition_of_the_same_news_ends_in_the_same_state(
    life: list[StripeSnapshot], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(life), max_size=6))
    mixed = data.draw(st.permutations(life + again))
    assert after(card_payment(), mixed) == after(card_payment(), life)


@given(lives(), st.data())
def test_so_it_does_with_a_refund_of_ours_under_way(life: list[StripeSnapshot], data: st.DataObject) -> None:
    paid = [seen for seen in life if seen.status == "succeeded"]
    asked = refund(settled_card_payment(), refund_command(amount=eur(2500)), "ref-ours", BY_DESK).state
    assert after(asked, data.draw(st.permutations(paid))) == after(asked, paid)


@given(lives())
def test_the_newest_standing_alone_tells_all_once_the_money_came(life: list[StripeSnapshot]) -> None:
    if life[-1].status == "succeeded":
        assert after(card_payment(), life[-1:]) == after(card_payment(), life)


@given(lives(), st.data())
def test_money_is_received_once_and_the_books_never_show_more_than_was_paid(
    life: list[StripeSnapshot], data: st.DataObject
) -> None:
    payment, received = card_payment(), 0
    for seen in data.draw(st.permutations(life)):
        brings = brings_money(payment, seen)
        outcome = heard(payment, seen)
        received += sum(event.kind == "received" for event in published(outcome))
        assert brings == any(event.kind == "received" for event in published(outcome))
        payment = outcome.state
        assert 0 <= payment.settled.amount_minor <= payment.amount.amount_minor
    assert received == (life[-1].status == "succeeded")
