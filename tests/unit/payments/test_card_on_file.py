"""A card on file: what the patient, the desk and Stripe make of it, in any order."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest
from payments.domain.cards_on_file.card_on_file import (
    CardDetails,
    CardEvent,
    CardOnFile,
    CardOutcome,
    Consent,
    KeepCard,
    SeenSetup,
    begin,
    charged_once,
    observe_setup,
    prepare,
    release,
    revoke,
    took_too_long,
)
from payments.domain.intake.payment import OnFile

from kernel.errors import BusinessError, IllegalTransition
from kernel.outcome import Outcome
from tests.unit.payments.examples import AT, BY_DESK, BY_STRIPE, DESK

VISA = CardDetails("pm_1", "visa", "4242", 12, 2034)
SUCCEEDED = SeenSetup("seti_1", "succeeded", VISA)
CANCELED, OPEN = SeenSetup("seti_1", "canceled"), SeenSetup("seti_1", "open")


def pending() -> CardOnFile:
    command = KeepCard("clinic-berlin", "pat-77", "consent-1", "patient", None)
    return prepare(begin(command, "crd-1", BY_DESK).state, "cus_1", "seti_1", BY_STRIPE).state


def active() -> CardOnFile:
    return observe_setup(pending(), SUCCEEDED, BY_STRIPE).state


def test_the_consent_is_kept_before_any_card() -> None:
    outcome = begin(KeepCard("clinic-berlin", "pat-77", "consent-1", "representative", None), "crd-1", BY_DESK)
    card = outcome.state
    assert outcome.events == (CardEvent("consented", card, BY_DESK),)
    assert (card.status, card.version, card.setup_intent_id) == ("pending", 1, None)
    assert card.consent == Consent("consent-1", "representative", AT, DESK)


def test_a_second_setup_is_no_news() -> None:
    assert prepare(pending(), "cus_2", "seti_2", BY_STRIPE) == Outcome(pending())


def test_an_entered_card_is_active_and_seen_again_nothing_changes() -> None:
    outcome = observe_setup(pending(), SUCCEEDED, BY_STRIPE)
    assert (outcome.state.status, outcome.state.details) == ("active", VISA)
    assert outcome.events == (CardEvent("confirmed", outcome.state, BY_STRIPE),)
    for again in (SUCCEEDED, CANCELED, OPEN):
        assert observe_setup(active(), again, BY_STRIPE) == Outcome(active())


def test_of_another_setup_nothing_is_learned() -> None:
    assert observe_setup(pending(), SeenSetup("seti_other", "succeeded", VISA), BY_STRIPE) == Outcome(pending())


def test_a_setup_that_was_canceled_keeps_no_card() -> None:
    outcome = observe_setup(pending(), CANCELED, BY_STRIPE)
    failed = outcome.state
    assert (failed.status, outcome.events) == ("failed", (CardEvent("abandoned", failed, BY_STRIPE),))
    with pytest.raises(IllegalTransition):
        revoke(failed, BY_DESK)


def test_revoked_is_revoked_whatever_stripe_says_after_or_before() -> None:
    moves: list[Callable[[CardOnFile], CardOutcome]] = [
        lambda card: revoke(card, BY_DESK),
        lambda card: observe_setup(card, SUCCEEDED, BY_STRIPE),
        lambda card: observe_setup(card, OPEN, BY_STRIPE),
    ]
    for order in permutations(moves):
        outcome: CardOutcome = Outcome(pending())
        for move in order:
            outcome = outcome.then(move)
        card = outcome.state
        assert (card.status, card.details, card.to_release) == ("revoked", VISA, True)
        assert {event.kind for event in outcome.events} in ({"confirmed", "revoked"}, {"revoked", "identified"})
        released = release(card, BY_STRIPE)
        assert released.events == (CardEvent("released", released.state, BY_STRIPE),)
        assert not released.state.to_release
        assert release(released.state, BY_STRIPE) == revoke(released.state, BY_DESK) == Outcome(released.state)


def test_a_card_that_nobody_enters_takes_too_long() -> None:
    assert not took_too_long(pending(), AT + timedelta(hours=22))
    assert took_too_long(pending(), AT + timedelta(hours=24))
    assert not took_too_long(active(), AT + timedelta(days=2))


def test_a_charge_that_is_agreed_to_now_says_how_and_is_of_the_patients_own_active_card() -> None:
    on_file = OnFile("crd-1", "cus_1", "pm_1", "by_phone")
    assert charged_once(active(), "clinic-berlin", "pat-77", "by_phone") == on_file
    for card, clinic_id, patient_id, code in (
        (None, "clinic-berlin", "pat-77", "card-unknown"),
        (active(), "clinic-berlin", "pat-78", "card-unknown"),
        (active(), "clinic-elsewhere", "pat-77", "card-unknown"),
        (pending(), "clinic-berlin", "pat-77", "card-not-active"),
        (revoke(active(), BY_DESK).state, "clinic-berlin", "pat-77", "card-not-active"),
    ):
        with pytest.raises(BusinessError) as refused:
            charged_once(card, clinic_id, patient_id, "in_person")
        assert (refused.value.code, refused.value.field) == (code, "/card_on_file/card_id")
