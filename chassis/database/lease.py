"""One holder with an epoch a name. A lease reduces noise; correctness never rests on it."""

from datetime import timedelta

from chassis.database.mongo import DriverError, Mongo, is_duplicate, upsert
from kernel.clock import Clock, utc_now
from kernel.ids import new_id

COLLECTION = "leases"


class Lease:
    """The right to do a background work. Each change of holder raises the epoch by one."""

    def __init__(
        self, mongo: Mongo, name: str, *, ttl: timedelta = timedelta(seconds=10), clock: Clock = utc_now
    ) -> None:
        self._leases = mongo.collection(COLLECTION)
        self._name = name
        self._ttl = ttl
        self._clock = clock
        self._holder = new_id("holder")
        self.epoch = 0

    async def take(self) -> bool:
        """Takes or renews the lease; False while another holds it. Raises DriverError."""
        return await self._renew() or await self._take_over()

    async def _renew(self) -> bool:
        mine = {"_id": self._name, "holder": self._holder}
        return await self._leases.find_one_and_update(mine, {"$set": {"until": self._until()}}) is not None

    async def _take_over(self) -> bool:
        free = {"_id": self._name, "until": {"$lt": self._clock()}}
        change = {"$set": {"holder": self._holder, "until": self._until()}, "$inc": {"epoch": 1}}
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
        await self._leases.update_one(
            {"_id": self._name, "holder": self._holder}, {"$set": {"until": self._clock() - self._ttl}}
        )

    def _until(self) -> object:
        return self._clock() + self._ttl
