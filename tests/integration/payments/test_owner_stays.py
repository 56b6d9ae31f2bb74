"""Whose a payment is does not change in the payments service's own books either, whoever says so."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from payments.domain.intake.intake import take_cash
from payments.domain.intake.lifecycle import noted
from payments.store import INDEXES, Store
from payments.usecases.intake.ledger import PaymentLedger

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox
from chassis.service import OWN_INDEXES
from kernel.errors import BusinessError
from tests.unit.payments.examples import BY_DESK, BY_STRIPE, RECEIPT, cash_command


@pytest.fixture
async def ledger(mongo_uri: str, database: str) -> AsyncIterator[PaymentLedger]:
    mongo = Mongo(mongo_uri, database)
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    outbox = Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test")
    yield PaymentLedger(Store(mongo), outbox, timedelta(seconds=10))
    await mongo.close()


@pytest.mark.parametrize("other", [{"patient_id": "pat-78"}, {"clinic_id": "clinic-hamburg"}])
async def test_a_known_payment_stays_with_its_clinic_and_its_patient(
    ledger: PaymentLedger, other: dict[str, str]
) -> None:
    begun = take_cash(cash_command(), "pay-cash", RECEIPT, BY_DESK)
    payment = await ledger.transact(lambda unit: ledger.begin(unit, begun))
    with pytest.raises(BusinessError, match="stays there") as refused:
        await ledger.transact(lambda unit: ledger.proceed(unit, payment, noted(payment, BY_STRIPE, **other)))
    assert refused.value.code == "owner-changed"
    assert await ledger.store.payments.payment("pay-cash") == payment
    later = noted(payment, BY_STRIPE)
    assert await ledger.transact(lambda unit: ledger.proceed(unit, payment, later)) == later.state
