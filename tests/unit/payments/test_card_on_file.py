"""A card on file: what the patient, the desk and Stripe make of it, in any order."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest
from payments.domain.cards_on_file.card_on_file import (
    CardDetails,
    CardOnFile,
    KeepCard,
    SeenSetup,
    begin,
    charged_once,
    learned,
    let_go,
    prepared,
    revoke,
    took_too_long,
)
from payments.domain.intake.payment import OnFile

from kernel.errors import BusinessError, IllegalTransition
from tests.unit.payments.examples import AT, DESK, STRIPE

VISA = CardDetails("pm_1", "visa", "4242", 12, 2034)
SUCCEEDED = SeenSetup("seti_1", "succeeded", VISA)
CANCELED, OPEN = SeenSetup("seti_1", "canceled"), SeenSetup("seti_1", "open")


def pending() -> CardOnFile:
    command = KeepCard("clinic-berlin", "pat-77", "consent-1", "patient", None, DESK)
    return prepared(begin(command, "crd-1", AT), "cus_1", "seti_1", AT, STRIPE)


def test_the_consent_is_kept_before_any_card() -> None:
    card = begin(KeepCard("clinic-berlin", "pat-77", "consent-1", "representative", None, DESK), "crd-1", AT)
    assert (card.status, card.version, card.setup_intent_id) == ("pending", 1, None)
    told = (card.consent.text_version, card.consent.given_by, card.consent.given_at, card.consent.recorded_by)
    assert told == ("consent-1", "representative", AT, DESK)


def test_a_second_setup_is_no_news() -> None:
    assert prepared(pending(), "cus_2", "seti_2", AT, STRIPE) == pending()


def test_an_entered_card_is_active_and_told_again_nothing_changes() -> None:
    active = learned(pending(), SUCCEEDED, AT, STRIPE)
    assert (active.status, active.details) == ("active", VISA)
    for again in (SUCCEEDED, CANCELED, OPEN):
        assert learned(active, again, AT, STRIPE) == active


def test_of_another_setup_nothing_is_learned() -> None:
    assert learned(pending(), SeenSetup("seti_other", "succeeded", VISA), AT, STRIPE) == pending()


def test_a_setup_that_was_canceled_keeps_no_card() -> None:
    failed = learned(pending(), CANCELED, AT, STRIPE)
    assert failed.status == "failed"
    with pytest.raises(IllegalTransition):
        revoke(failed, AT, DESK)


def test_revoked_is_revoked_whatever_stripe_says_after_or_before() -> None:
    moves: list[Callable[[CardOnFile], CardOnFile]] = [
        lambda card: revoke(card, AT, DESK),
        lambda card: learned(card, SUCCEEDED, AT, STRIPE),
        lambda card: learned(card, OPEN, AT, STRIPE),
    ]
    for order in permutations(moves):
        card = pending()
        for move in order:
            card = move(card)
        assert (card.status, card.details, card.to_release) == ("revoked", VISA, True)
        released = let_go(card, AT, STRIPE)
        assert not released.to_release
        assert let_go(released, AT, STRIPE) == released
        assert revoke(released, AT, DESK) == released


def test_a_card_that_nobody_enters_takes_too_long() -> None:
    assert not took_too_long(pending(), AT + timedelta(hours=22))
    assert took_too_long(pending(), AT + timedelta(hours=24))
    assert not took_too_long(learned(pending(), SUCCEEDED, AT, STRIPE), AT + timedelta(days=2))


def test_a_charge_that_is_agreed_to_now_says_how_and_is_of_the_patients_own_active_card() -> None:
    active = learned(pending(), SUCCEEDED, AT, STRIPE)
    assert charged_once(active, "clinic-berlin", "pat-77", "by_phone") == OnFile("crd-1", "cus_1", "pm_1", "by_phone")
    for card, clinic_id, patient_id, code in (
        (None, "clinic-berlin", "pat-77", "card-unknown"),
        (active, "clinic-berlin", "pat-78", "card-unknown"),
        (active, "clinic-elsewhere", "pat-77", "card-unknown"),
        (pending(), "clinic-berlin", "pat-77", "card-not-active"),
        (revoke(active, AT, DESK), "clinic-berlin", "pat-77", "card-not-active"),
    ):
        with pytest.raises(BusinessError) as refused:
            charged_once(card, clinic_id, patient_id, "in_person")
        assert (refused.value.code, refused.value.field) == (code, "/card_on_file/card_id")
