"""Who was told what should be in the drawer of a day, while it was open: they do not count it blind any more."""

from datetime import datetime

from cash_register.domain.days.day import Day
from chassis.database.mongo import Mongo, Session

COLLECTION = "looks"


class Looks:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def note(self, day: Day, actor_id: str, at: datetime) -> None:
        """The first time counts; a second one changes nothing."""
        first = {"clinic_id": day.clinic_id, "day_id": day.day_id, "actor_id": actor_id, "at": at}
        await self._rows.update_one({"_id": f"{day.day_id}/{actor_id}"}, {"$setOnInsert": first}, upsert=True)

    async def has_seen(self, session: Session | None, day: Day, actor_id: str) -> bool:
        """Whether they were told of this day."""
        return await self._rows.find_one({"_id": f"{day.day_id}/{actor_id}"}, {"_id": 1}, session=session) is not None
