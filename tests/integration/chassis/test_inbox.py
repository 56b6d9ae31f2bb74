"""Copies of other services' things: whatever comes in whatever order, the newest snapshot is what is kept."""

from collections.abc import Sequence
from itertools import permutations

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Outbox, Unit
from contracts.payments import Payment, PaymentReceived, PaymentRefunded
from contracts.samples import SAMPLES

SAMPLE = SAMPLES[PaymentRefunded.TYPE].event


def payment(version: int, payment_id: str = "pay-1") -> Payment:
    kind = PaymentReceived if version == 1 else PaymentRefunded
    return kind.model_validate({**SAMPLE.model_dump(), "version": version, "payment_id": payment_id})


async def keep(mongo: Mongo, events: Sequence[Payment], name: str = "copies") -> list[Payment]:
    async def work(unit: Unit) -> list[Payment]:
        return await keep_newer(unit, mongo.collection(name), events)

    return await Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test").transact(work)


async def test_of_several_versions_in_a_batch_the_newest_is_news_and_kept(mongo: Mongo) -> None:
    await mongo.ensure_indexes({"copies": []})
    news = await keep(mongo, [payment(2), payment(3), payment(1), payment(1, "pay-2")])
    assert news == [payment(3), payment(1, "pay-2")]
    rows = await mongo.collection("copies").find({}).sort("_id", 1).to_list(None)
    assert [(row["_id"], row["version"]) for row in rows] == [("pay-1", 3), ("pay-2", 1)]
    assert PaymentRefunded.model_validate(rows[0]) == payment(3)


async def test_an_old_or_repeated_version_is_no_news_and_changes_nothing(mongo: Mongo) -> None:
    await mongo.ensure_indexes({"copies": []})
    await keep(mongo, [payment(2)])
    assert await keep(mongo, [payment(2)]) == []
    assert await keep(mongo, [payment(1)]) == []
    assert await keep(mongo, []) == []
    [row] = await mongo.collection("copies").find({}).to_list(None)
    assert row["version"] == 2


async def test_every_order_of_the_versions_ends_in_the_same_copy(mongo: Mongo) -> None:
    await mongo.ensure_indexes({str(n): [] for n in range(6)})
    for n, order in enumerate(permutations([1, 2, 3])):
        for version in order:
            await keep(mongo, [payment(version)], str(n))
        [row] = await mongo.collection(str(n)).find({}).to_list(None)
        assert PaymentRefunded.model_validate(row) == payment(3)
