"""What follows from what Stripe says."""

from dataclasses import replace
from datetime import timedelta

import pytest
from payments.domain.cards.stripe_snapshot import SeenRefund, StripeSnapshot, awaits_news, declined, refuse
from payments.domain.intake.lifecycle import TRANSITIONS, PaymentEvent, moved
from payments.domain.intake.payment import Dispute, Payment
from payments.domain.intake.refunds import refund

from kernel.errors import IllegalTransition
from kernel.money import Money
from tests.unit.payments.examples import (
    AT,
    BY_DESK,
    BY_STRIPE,
    RECEIPT,
    card_payment,
    eur,
    heard,
    published,
    refund_command,
    settled_card_payment,
    snapshot,
)

FEE = eur(175)
PAID = snapshot(status="succeeded", succeeded_at=AT)
NO_FUNDS = snapshot(decline=declined("insufficient-funds", AT, "ch_1"))


def paid_with(*disputes: Dispute, refunds: tuple[SeenRefund, ...] = ()) -> StripeSnapshot:
    return replace(PAID, disputes=disputes, refunds=refunds)


def seen_refund(status: str = "settled", amount_minor: int = 4000, refund_id: str | None = None) -> SeenRefund:
    return SeenRefund("re_1", refund_id, eur(amount_minor), status, AT)  # type: ignore[arg-type]


def test_a_paid_intent_settles_the_payment_with_a_receipt() -> None:
    outcome = heard(card_payment(), PAID)
    payment = outcome.state
    assert (payment.status, payment.receipt_number, payment.settled_at) == ("settled", RECEIPT, AT)
    assert payment.card_payment_intent_id == "pi_1"
    assert published(outcome) == (PaymentEvent("received", payment, BY_STRIPE),)


def test_an_open_intent_is_noted_and_not_published() -> None:
    outcome = heard(card_payment(), snapshot())
    assert (outcome.state.status, published(outcome)) == ("pending", ())
    assert heard(outcome.state, snapshot()).state == outcome.state


def test_a_decline_is_explained_in_words_and_the_intent_may_still_be_paid() -> None:
    failed = heard(card_payment(), NO_FUNDS)
    assert failed.state.status == "failed"
    assert failed.state.failure is not None
    assert "not enough money" in failed.state.failure.message
    assert [event.kind for event in published(failed)] == ["failed"]
    assert awaits_news(failed.state)
    paid = heard(failed.state, PAID)
    assert (paid.state.status, paid.state.failure) == ("settled", None)
    assert [event.kind for event in published(paid)] == ["received"]


def test_a_second_decline_with_another_reason_is_published_and_the_first_one_heard_late_is_not() -> None:
    later = declined("card-expired", AT + timedelta(seconds=9), "ch_2")
    second = heard(heard(card_payment(), NO_FUNDS).state, snapshot(decline=later))
    assert (second.state.failure, len(published(second))) == (later, 1)
    assert heard(second.state, NO_FUNDS).state == second.state


def test_a_canceled_intent_is_published_as_failed() -> None:
    outcome = heard(card_payment(), snapshot(status="canceled"))
    assert (outcome.state.status, [event.kind for event in published(outcome)]) == ("canceled", ["failed"])
    assert not awaits_news(outcome.state)


@pytest.mark.parametrize("old", [snapshot(), NO_FUNDS, snapshot(status="canceled"), PAID])
def test_old_news_of_a_settled_payment_change_nothing(old: StripeSnapshot) -> None:
    settled = settled_card_payment()
    outcome = heard(settled, old)
    assert (outcome.state, published(outcome)) == (settled, ())


def test_a_payment_that_stripe_refuses_has_failed_for_good() -> None:
    outcome = refuse(card_payment(), declined("not-chargeable"), BY_STRIPE)
    assert (outcome.state.status, [event.kind for event in published(outcome)]) == ("failed", ["failed"])
    assert not awaits_news(outcome.state)


def test_the_fee_comes_with_the_money_or_is_noted_when_stripe_says_it() -> None:
    at_once = heard(card_payment(), replace(PAID, fee=FEE))
    assert (at_once.state.fee, published(at_once)) == (FEE, (PaymentEvent("received", at_once.state, BY_STRIPE),))
    assert not awaits_news(at_once.state)
    settled = heard(card_payment(), PAID).state
    assert awaits_news(settled)
    later = heard(settled, replace(PAID, fee=FEE))
    assert (later.state.fee, published(later)) == (FEE, ())
    assert heard(later.state, PAID).state == later.state


def test_a_contested_payment_awaits_news_until_it_is_decided() -> None:
    paid = heard(card_payment(), replace(PAID, fee=FEE)).state
    contested = heard(paid, paid_with(Dispute("dp_1", eur(10000), "inquiry"))).state
    assert awaits_news(contested)
    assert not awaits_news(heard(contested, paid_with(Dispute("dp_1", eur(10000), "lost"))).state)


def test_another_intent_than_the_payments_own_changes_nothing() -> None:
    known = heard(card_payment(), snapshot()).state
    assert heard(known, replace(PAID, intent_id="pi_2")).state == known


def test_a_refund_of_ours_is_settled_by_what_stripe_says() -> None:
    asked = refund(settled_card_payment(), refund_command(), "ref-1", BY_DESK).state
    outcome = heard(asked, paid_with(refunds=(seen_refund(refund_id="ref-1"),)))
    [entry] = outcome.state.refunds
    assert (entry.status, entry.gateway_id, entry.reason) == ("settled", "re_1", "crown not fitted")
    assert (outcome.state.status, outcome.state.settled) == ("partly_refunded", eur(6000))
    assert [event.kind for event in published(outcome)] == ["refunded"]


def test_a_refund_made_in_stripe_itself_is_taken_over() -> None:
    payment = heard(settled_card_payment(), paid_with(refunds=(seen_refund(amount_minor=10000),))).state
    assert (payment.status, payment.settled, payment.refunds[0].gateway_id) == ("refunded", eur(0), "re_1")


def test_a_refund_that_the_bank_could_not_deliver_gives_the_money_back_to_us() -> None:
    refunded = heard(settled_card_payment(), paid_with(refunds=(seen_refund(),))).state
    outcome = heard(refunded, paid_with(refunds=(seen_refund("failed"),)))
    assert (outcome.state.status, outcome.state.settled) == ("settled", eur(10000))
    assert [event.kind for event in published(outcome)] == ["refunded"]


def test_a_dispute_takes_the_money_away_until_it_is_won() -> None:
    disputed = heard(settled_card_payment(), paid_with(Dispute("dp_1", eur(10000), "open")))
    assert (disputed.state.status, disputed.state.settled) == ("disputed", eur(0))
    won = heard(disputed.state, paid_with(Dispute("dp_1", eur(10000), "won")))
    assert (won.state.status, won.state.settled) == ("settled", eur(10000))
    assert [event.kind for event in (*published(disputed), *published(won))] == ["disputed", "disputed"]


def test_a_lost_dispute_stays_and_an_inquiry_takes_nothing() -> None:
    asked = heard(settled_card_payment(), paid_with(Dispute("dp_1", eur(10000), "inquiry")))
    assert (asked.state.status, published(asked)) == ("settled", ())
    lost = heard(asked.state, paid_with(Dispute("dp_1", eur(10000), "lost"))).state
    assert (lost.status, lost.settled) == ("disputed", eur(0))


TAKEN_BACK = Dispute("dp_1", eur(10000), "lost", taken=True, moves=1)
WON_LATE = Dispute("dp_1", eur(10000), "won", taken=False, moves=2)


@pytest.mark.parametrize("won", [WON_LATE, Dispute("dp_1", eur(10000), "won")])
def test_what_was_lost_and_is_won_later_is_ours_again(won: Dispute) -> None:
    lost = heard(settled_card_payment(), paid_with(replace(won, status="lost", taken=None, moves=0))).state
    assert (lost.status, lost.settled) == ("disputed", eur(0))
    outcome = heard(lost, paid_with(won))
    assert (outcome.state.status, outcome.state.settled) == ("settled", eur(10000))
    assert [event.kind for event in published(outcome)] == ["disputed"]
    old = replace(won, status="lost", taken=None, moves=max(0, won.moves - 1))
    assert heard(outcome.state, paid_with(old)).state == outcome.state


def test_what_was_won_and_is_taken_again_is_gone() -> None:
    won = heard(settled_card_payment(), paid_with(WON_LATE)).state
    again = heard(won, paid_with(replace(TAKEN_BACK, moves=3))).state
    assert (again.status, again.settled) == ("disputed", eur(0))


def test_money_that_is_won_and_not_back_yet_is_awaited() -> None:
    won = heard(settled_card_payment(), paid_with(replace(TAKEN_BACK, status="won"))).state
    assert (won.settled, awaits_news(won)) == (eur(0), True)
    back = heard(won, paid_with(WON_LATE)).state
    assert (back.settled, awaits_news(back)) == (eur(10000), False)


def test_a_lost_dispute_that_moved_nothing_takes_nothing() -> None:
    outcome = heard(settled_card_payment(), paid_with(Dispute("dp_1", eur(10000), "lost", taken=False)))
    assert (outcome.state.status, outcome.state.settled, published(outcome)) == ("settled", eur(10000), ())


@pytest.mark.parametrize(
    ("charged", "disputed_minor", "left_minor"),
    [(None, 1, 0), (Money(11_000, "USD"), 11_000, 0), (Money(11_000, "USD"), 5_500, 5_000), (eur(7), 1, 0)],
)
def test_a_dispute_in_the_cardholders_currency_is_about_its_part_of_the_charge_or_the_whole(
    charged: Money | None, disputed_minor: int, left_minor: int
) -> None:
    dispute = Dispute("dp_1", Money(disputed_minor, "USD"), "open", taken=True, moves=1, charged=charged)
    disputed = heard(settled_card_payment(), paid_with(dispute))
    assert (disputed.state.status, disputed.state.settled) == ("disputed", eur(left_minor))
    won = heard(disputed.state, paid_with(replace(dispute, status="won", taken=False, moves=2)))
    assert (won.state.status, won.state.settled) == ("settled", eur(10000))


def test_a_disputed_payment_is_not_refunded_by_hand() -> None:
    disputed = heard(settled_card_payment(), paid_with(Dispute("dp_1", eur(10000), "open"))).state
    with pytest.raises(IllegalTransition):
        refund(disputed, refund_command(), "ref-1", BY_DESK)


def test_everything_heard_at_once_is_published_one_version_at_a_time() -> None:
    everything = paid_with(Dispute("dp_1", eur(6000), "open"), refunds=(seen_refund(),))
    outcome = heard(card_payment(), everything)
    assert [event.kind for event in published(outcome)] == ["received", "refunded", "disputed"]
    versions = [event.payment.version for event in published(outcome)]
    assert versions == sorted(set(versions))
    assert published(outcome)[-1].payment == outcome.state


@pytest.mark.parametrize("payment", [card_payment(), settled_card_payment()])
def test_what_the_table_does_not_have_cannot_happen(payment: Payment) -> None:
    for command in {command for _, command in TRANSITIONS}:
        if (payment.status, command) not in TRANSITIONS:
            with pytest.raises(IllegalTransition):
                moved(payment, command, "noted", BY_DESK)
