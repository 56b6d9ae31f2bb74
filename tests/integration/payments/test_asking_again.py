"""Asking Stripe again: the same day by our idempotency key, a day later by metadata, and never a second charge."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from payments.adapters.stripe import StripeGateway
from payments.domain.cards.stripe_snapshot import SeenRefund
from payments.domain.intake.intake import ChargeCard
from payments.domain.intake.refunds import RefundPayment
from payments.settings import PaymentsSettings
from payments.store import INDEXES, Store
from payments.usecases.cards import charge_card
from payments.usecases.intake import refund_payment
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Opened

from chassis.service import Service
from dev.stripe_sandbox.part import StripeSandbox
from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.money import Money
from tests.integration.payments.stripe_side import SECRET, StripeSide

pytestmark = pytest.mark.any_broker

BY = Actor("usr-1", None, "billing_manager")
CHARGE = ChargeCard(
    clinic_id="clinic-1", patient_id="pat-1", invoice_id=None, amount=Money(5_000, "EUR"), allow_credit=False
)


@dataclass
class Days:
    """The service's books today and tomorrow, and the Stripe they share."""

    today: PaymentLedger
    tomorrow: PaymentLedger
    gateway: StripeGateway
    stripe: StripeSide


@pytest.fixture
def quiet_stripe(tmp_path: Path) -> Iterator[StripeSandbox]:
    """A sandbox that tells nobody anything."""
    with StripeSandbox(tmp_path / "stripe", webhook_secret=SECRET) as sandbox:
        yield sandbox


@pytest.fixture
async def days(kafka: str, mongo_uri: str, database: str, quiet_stripe: StripeSandbox) -> AsyncIterator[Days]:
    settings = PaymentsSettings(
        kafka=kafka,
        mongo_uri=mongo_uri,
        mongo_database=database,
        jwks_url="http://localhost/jwks",
        issuer="nobody",
        stripe_api_key="sk_test_x",
        stripe_webhook_secret=SECRET,
        stripe_api_base=quiet_stripe.url,
    )
    service = Service(settings, INDEXES)
    await service.mongo.ensure_indexes(INDEXES | {"outbox": []})
    store, wait = Store(service.mongo), timedelta(seconds=5)
    gateway = StripeGateway("sk_test_x", SECRET, quiet_stripe.url, 10, 0)
    tomorrow = PaymentLedger(store, service.outbox, wait, lambda: utc_now() + timedelta(hours=25))
    with httpx2.Client(base_url=quiet_stripe.url, trust_env=False, verify=False) as http:
        yield Days(PaymentLedger(store, service.outbox, wait), tomorrow, gateway, StripeSide(http))
    await gateway.stop()
    await service.mongo.close()


async def begun(days: Days) -> str:
    """The intent of a card payment is recorded."""
    change = days.today.change(BY)
    return await days.today.transact(lambda unit: charge_card.intend(unit, days.today, CHARGE, change))


async def charged(days: Days) -> tuple[str, Opened]:
    """A card payment that Stripe knows of and our books do not: the process died in between."""
    payment_id = await begun(days)
    answer = await charge_card.ask_stripe(days.today, days.gateway, payment_id)
    assert isinstance(answer, Opened)
    return payment_id, answer


async def test_a_charge_that_is_asked_for_again_is_the_same_one(days: Days) -> None:
    payment_id, made = await charged(days)
    assert await charge_card.ask_stripe(days.today, days.gateway, payment_id) == made
    assert len(days.stripe.intents_of(payment_id)) == 1


async def test_a_charge_is_found_a_day_later_instead_of_made_again(days: Days) -> None:
    payment_id, made = await charged(days)
    days.stripe.forget_keys()
    found = await charge_card.ask_stripe(days.tomorrow, days.gateway, payment_id)
    assert found == made
    assert len(days.stripe.intents_of(payment_id)) == 1


async def test_a_charge_that_stripe_never_heard_of_is_made_a_day_later(days: Days) -> None:
    payment_id = await begun(days)
    made = await charge_card.ask_stripe(days.tomorrow, days.gateway, payment_id)
    assert isinstance(made, Opened)
    assert [intent["id"] for intent in days.stripe.intents_of(payment_id)] == [made.snapshot.intent_id]


async def refunding(days: Days) -> tuple[str, str, str]:
    """A paid card payment with a refund that Stripe has not heard of: payment, PaymentIntent and refund."""
    payment_id, made = await charged(days)
    intent_id = str(made.snapshot.intent_id)
    days.stripe.confirm(intent_id)
    paid = await days.gateway.look(intent_id)
    assert paid is not None
    await days.today.transact(lambda unit: charge_card.record(unit, days.today, payment_id, paid))
    command = RefundPayment(
        payment_id=payment_id, amount=Money(2_000, "EUR"), reason="crown not fitted", register_id=None
    )
    change = days.today.change(BY, command.reason)
    refund_id = await days.today.transact(lambda unit: refund_payment.intend(unit, days.today, command, change))
    return payment_id, intent_id, refund_id


async def test_a_refund_that_is_asked_for_again_is_the_same_one(days: Days) -> None:
    payment_id, intent_id, refund_id = await refunding(days)
    first = await refund_payment.ask_stripe(days.today, days.gateway, payment_id, refund_id)
    assert await refund_payment.ask_stripe(days.today, days.gateway, payment_id, refund_id) == first
    assert len(days.stripe.refunds_of(intent_id)) == 1


async def test_a_refund_is_found_a_day_later_instead_of_made_again(days: Days) -> None:
    payment_id, intent_id, refund_id = await refunding(days)
    first = await refund_payment.ask_stripe(days.today, days.gateway, payment_id, refund_id)
    days.stripe.forget_keys()
    found = await refund_payment.ask_stripe(days.tomorrow, days.gateway, payment_id, refund_id)
    assert isinstance(found, SeenRefund)
    assert found == first
    assert len(days.stripe.refunds_of(intent_id)) == 1
