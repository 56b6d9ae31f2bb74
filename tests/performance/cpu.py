"""What work takes of a core, whoever else has the machine."""

from collections.abc import Awaitable, Callable
from time import process_time

from chassis.database.mongo import Mongo


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    begun = process_time()
    work()
    return process_time() - begun


def least_cpu_s(work: Callable[[], object], rounds: int) -> float:
    """The least of some rounds; the one before them, which reads what is then at hand, does not count."""
    work()
    return min(cpu_s(work) for _ in range(rounds))


async def cpu_with_database_s(mongo: Mongo, work: Callable[[], Awaitable[object]]) -> float:
    """CPU seconds of this process and of the database; of a database that does not tell, only of this process."""
    begun = await _database_s(mongo) + process_time()
    await work()
    ended = process_time()
    return ended + await _database_s(mongo) - begun


async def _database_s(mongo: Mongo) -> float:
    told = (await mongo.db.command("serverStatus")).get("extra_info", {})
    return sum(float(told.get(f"{kind}_time_us", 0)) for kind in ("user", "system")) / 1e6
