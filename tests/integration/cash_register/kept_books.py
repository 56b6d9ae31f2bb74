"""Days put into a real store, whatever they have behind them, and read from it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cash_register.api.closing_json import CashBookJson
from cash_register.api.schemas.closings import CashBookView, WholeClosingView
from cash_register.domain.days.cash import Movement
from cash_register.domain.days.day import CashRecorded, Day, DayEvent
from cash_register.domain.exports.heard import CashAllocation
from cash_register.store import Store, days, movements
from cash_register.usecases.exports.write_closings import ReadClosings, list_closings, write_closings
from pydantic import TypeAdapter

from chassis.database.mongo import Mongo
from chassis.messaging.outbox import Outbox
from kernel.clock import utc_now
from tests.unit.cash_register.books import BERLIN

CLINIC = "clinic-berlin"
DAY, MOVEMENT = TypeAdapter(Day), TypeAdapter(Movement)


@dataclass
class Books:
    """Days and what moved on them, put into a real store."""

    mongo: Mongo
    store: Store
    outbox: Outbox

    async def keep(self, day: Day, *events: DayEvent) -> None:
        """As they are stored, whatever they have behind them."""
        await self.mongo.collection(days.COLLECTION).insert_one({"_id": day.day_id, **DAY.dump_python(day)})
        for event in events:
            if isinstance(event, CashRecorded):
                row = {"_id": event.movement.movement_id, **MOVEMENT.dump_python(event.movement)}
                await self.mongo.collection(movements.COLLECTION).insert_one(row)

    async def allocate(self, *allocations: CashAllocation) -> None:
        await self.outbox.transact(lambda unit: self.store.allocations.keep(unit, allocations, utc_now()))

    async def closings(self, first: date, last: date) -> Sequence[WholeClosingView]:
        listed = await list_closings(self.store, ReadClosings(CLINIC, first, last))
        pieces = write_closings(self.store, listed, CashBookJson(CLINIC), BERLIN, "1.2")
        return CashBookView.model_validate_json(b"".join([piece async for piece in pieces])).closings
