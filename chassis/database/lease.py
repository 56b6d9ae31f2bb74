"""One holder with an epoch a name. A lease reduces noise; correctness never rests on it."""

from datetime import datetime, timedelta

from chassis.database.mongo import DriverError, Mongo, is_duplicate, upsert
from kernel.clock import Clock, utc_now
from kernel.ids import new_id

COLLECTION = "leases"
RENEWED_AFTER = 1 / 3
"""Share of its time."""


class Lease:
    """The right to do a background work. Each change of holder raises the epoch by one.

    Who holds it asks nobody before a third of its time is over. Who does not only reads while another holds it: a write
    that finds the place taken fails, and is logged by the server.
    """

    def __init__(
        self, mongo: Mongo, name: str, *, ttl: timedelta = timedelta(seconds=10), clock: Clock = utc_now
    ) -> None:
        self._leases = mongo.collection(COLLECTION)
        self._name = name
        self._ttl = ttl
        self._clock = clock
        self._holder = new_id("holder")
        self._renewed_at: datetime | None = None
        self.epoch = 0

    async def take(self) -> bool:
        """Takes or renews the lease; False while another holds it. Raises DriverError."""
        now = self._clock()
        if self._renewed_at is not None and now - self._renewed_at < self._ttl * RENEWED_AFTER:
            return True
        took = await self._renew(now) or await self._take_over(now)
        self._renewed_at = now if took else None
        return took

    async def _renew(self, now: datetime) -> bool:
        """False where it is not ours, as far as we know."""
        if self._renewed_at is None:
            return False
        return bool((await self._leases.update_one(self._ours, {"$set": {"until": now + self._ttl}})).matched_count)

    async def _take_over(self, now: datetime) -> bool:
        """Also what is ours without our knowing, since the answer was lost."""
        held = await self._leases.find_one({"_id": self._name})
        if held is not None and held["until"] >= now and held["holder"] != self._holder:
            return False
        free = {"_id": self._name, "$or": [{"until": {"$lt": now}}, {"holder": self._holder}]}
        change = {"$set": {"holder": self._holder, "until": now + self._ttl}, "$inc": {"epoch": 1}}
        try:
            taken = await upsert(self._leases, free, change)
        except DriverError as error:
            if is_duplicate(error):
                return False
            raise
        self.epoch = int(taken["epoch"])
        return True

    async def release(self) -> None:
        """Lets the next one in at once."""
        self._renewed_at = None
        await self._leases.update_one(self._ours, {"$set": {"until": self._clock() - self._ttl}})

    @property
    def _ours(self) -> dict[str, object]:
        return {"_id": self._name, "holder": self._holder}
