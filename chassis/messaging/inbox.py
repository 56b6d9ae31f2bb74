"""Hear it once, and in order: version-guarded copies, and what waits behind a rejected record.

A thing that exists once has a derived `_id`, and that is its inbox; these never expire. The copies here are of other
services' aggregates, which come as snapshots with versions: an old or repeated one is ignored.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from pymongo import DeleteOne, ReplaceOne

from chassis.database.mongo import Document, Mongo, find_in
from chassis.messaging.outbox import Unit
from chassis.messaging.reading import Place
from contracts.envelope import Event

E = TypeVar("E", bound=Event)
PARKED = "parked"


async def keep_newer(unit: Unit, copies: Any, events: Sequence[E]) -> list[E]:
    """Stores the newest snapshot of each aggregate, and returns the events that were news.

    `copies` is a collection of documents `{_id: subject, version, ...snapshot}`. When an aggregate is in the batch
    several times, only its newest version is returned: it tells all.
    """
    newest: dict[str, E] = {}
    for event in events:
        known = newest.get(event.subject)
        if known is None or event.version > known.version:
            newest[event.subject] = event
    stored = await find_in(copies, "_id", newest, unit.session, shown=["version"])
    versions: dict[str, int] = {row["_id"]: row["version"] for row in stored}
    news = [event for event in newest.values() if event.version > versions.get(event.subject, 0)]
    fresh = [_copy(event) for event in news if event.subject not in versions]
    if fresh:
        await copies.insert_many(fresh, session=unit.session)
    changed = [ReplaceOne({"_id": e.subject}, _copy(e)) for e in news if e.subject in versions]
    if changed:
        await copies.bulk_write(changed, session=unit.session)
    return news


def _copy(event: Event) -> Document:
    return {"_id": event.subject, **event.model_dump()}


class Parked:
    """The aggregates of a topic with rejected records that were not replayed yet: later records wait behind them.

    The places of the records are kept, not their number: a record that is delivered twice is parked once.
    """

    def __init__(self, mongo: Mongo, topic: str) -> None:
        self._parked = mongo.collection(PARKED)
        self._topic = topic

    async def places_of(self, unit: Unit, aggregates: Collection[str]) -> dict[str, set[Place]]:
        """The places of what is parked, for those of the aggregates that have something parked."""
        if not aggregates or await self._parked.find_one({}, {"_id": 1}, session=unit.session) is None:
            return {}
        wanted = {"_id": {"$in": [self._id(aggregate) for aggregate in aggregates]}}
        rows = await self._parked.find(wanted, session=unit.session).to_list(None)
        return {row["aggregate"]: {(partition, offset) for partition, offset in row["places"]} for row in rows}

    async def settle(
        self, unit: Unit, before: Mapping[str, AbstractSet[Place]], after: Mapping[str, AbstractSet[Place]]
    ) -> None:
        """Writes what is parked now, where it is not what `places_of` found."""
        writes: list[Any] = []
        for aggregate, places in after.items():
            id_ = self._id(aggregate)
            if places and places != before.get(aggregate):
                row: dict[str, Any] = {"_id": id_, "aggregate": aggregate, "subject": aggregate.partition("/")[2]}
                row |= {"records": len(places), "places": sorted(places)}
                writes.append(ReplaceOne({"_id": id_}, row, upsert=True))
            elif not places and aggregate in before:
                writes.append(DeleteOne({"_id": id_}))
        if writes:
            await self._parked.bulk_write(writes, session=unit.session)

    def _id(self, aggregate: str) -> str:
        return f"{self._topic}#{aggregate}"
