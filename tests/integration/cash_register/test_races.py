"""Opening a day and waiting for one at the same moment: whoever comes second sees the first."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

import pytest
from cash_register.domain.days.cash import Cash, Count, payment_movement_id
from cash_register.domain.days.day import Day
from cash_register.domain.days.opening import OpenDay
from cash_register.store import INDEXES, Store
from cash_register.usecases.days.collect_cash import Arrival, collect_cash
from cash_register.usecases.days.open_day import open_day

from chassis.database.mongo import DriverError, Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox, Unit
from chassis.service import OWN_INDEXES
from kernel.actor import Actor
from kernel.change import Change
from kernel.clock import utc_now
from kernel.errors import Conflict
from kernel.money import Money

CLINIC, REGISTER = "clinic-berlin", "front"
DESK = Actor("usr-desk", None, "front_desk")


@dataclass
class FrontDesk:
    """Cash-register's use cases on a real store, each in a transaction of its own."""

    store: Store
    outbox: Outbox

    async def open(self, on: date) -> Day:
        command = OpenDay(CLINIC, REGISTER, on, "EUR", Count(Money(10_000, "EUR")))
        return await self.outbox.transact(lambda unit: open_day(unit, self.store, command, Change(utc_now(), DESK)))

    async def day(self, on: date) -> Day:
        return await self.store.days.get(None, CLINIC, REGISTER, on)


@pytest.fixture
async def desk(kafka: str, mongo_uri: str, database: str) -> AsyncIterator[FrontDesk]:
    mongo = Mongo(mongo_uri, database)
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    producer = Producer(kafka, "test")
    await producer.start()
    yield FrontDesk(Store.of(mongo), Outbox(mongo, producer, "/chairside/cash-register"))
    await producer.stop()
    await mongo.close()


async def test_cash_that_found_no_day_while_one_was_being_opened_is_on_that_day(desk: FrontDesk) -> None:
    today = utc_now().date()
    cash = Cash(
        movement_id=payment_movement_id("pay_1"),
        clinic_id=CLINIC,
        register_id=REGISTER,
        kind="payment",
        amount=Money(5_000, "EUR"),
        payment_id="pay_1",
        at=utc_now(),
        by=DESK,
    )
    attempts = 0

    async def collect(unit: Unit) -> None:
        nonlocal attempts
        attempts += 1
        register = await desk.store.registers.get(unit.session, CLINIC, REGISTER)
        if attempts == 1:
            assert register.open_day_id is None
            await desk.open(today)
        await collect_cash(unit, desk.store, [Arrival(cash)], utc_now())

    while True:
        try:
            await desk.outbox.transact(collect)
            break
        except (Conflict, DriverError):
            assert attempts < 5

    assert attempts > 1
    assert (await desk.day(today)).expected == Money(15_000, "EUR")
    assert await desk.store.waiting.of(None, CLINIC, REGISTER, "EUR") == []
