"""Stripe's events, kept as they came until they are worked off."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, DriverError, Mongo, is_duplicate
from chassis.messaging.outbox import Unit
from payments.domain.cards.webhook import NewsSubject, StoredWebhook, StripeEvent, WebhookOutcome, WebhookStatus

WEBHOOKS = "webhooks"
INDEXES: dict[str, Sequence[IndexModel]] = {WEBHOOKS: [IndexModel([("status", ASCENDING), ("due_at", ASCENDING)])]}


class WebhookStore:
    """The collection. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._webhooks = mongo.collection(WEBHOOKS)

    async def add(self, event: StripeEvent, now: datetime) -> bool:
        """False when it is there already. One about nothing of ours is only kept."""
        try:
            await self._webhooks.insert_one({"_id": event.event_id, **_row(event, now)})
        except DriverError as error:
            if is_duplicate(error):
                return False
            raise
        return True

    async def put(self, event: StripeEvent, now: datetime) -> None:
        """To be worked off again, whatever was kept under its id."""
        await self._webhooks.replace_one({"_id": event.event_id}, _row(event, now), upsert=True)

    async def known(self, event_ids: Sequence[str]) -> set[str]:
        """Which of them are there."""
        rows = await self._webhooks.find({"_id": {"$in": event_ids}}, {"_id": 1}).to_list(None)
        return {row["_id"] for row in rows}

    async def due(self, now: datetime, most: int) -> list[StoredWebhook]:
        """The first of those that wait and are due."""
        waiting: WebhookStatus = "waiting"
        found = self._webhooks.find({"status": waiting, "due_at": {"$lte": now}}).sort("due_at", 1).limit(most)
        return [_stored(row) for row in await found.to_list(most)]

    async def finish(
        self,
        webhooks: Sequence[StoredWebhook],
        outcome: WebhookOutcome,
        payment_id: str | None,
        now: datetime,
        unit: Unit | None = None,
    ) -> None:
        """They are done with."""
        if webhooks:
            change = {"$set": {"status": outcome, "payment_id": payment_id, "worked_off_at": now}}
            await self._webhooks.update_many(_these(webhooks), change, session=unit.session if unit else None)

    async def put_off(self, webhooks: Sequence[StoredWebhook], due_at: datetime, attempts: int) -> None:
        """They are tried again then."""
        change = {"$set": {"due_at": due_at, "attempts": attempts}}
        await self._webhooks.update_many(_these(webhooks), change)


def _row(event: StripeEvent, now: datetime) -> Document:
    about = event.about
    status: WebhookStatus = "ignored" if about is None else "waiting"
    return {
        "type": event.type,
        "about": None if about is None else {"kind": about.kind, "id": about.id},
        "body": event.body,
        "status": status,
        "received_at": now,
        "due_at": now,
        "attempts": 0,
    }


def _stored(row: Mapping[str, Any]) -> StoredWebhook:
    return StoredWebhook(row["_id"], NewsSubject(row["about"]["kind"], row["about"]["id"]), row["attempts"])


def _these(webhooks: Iterable[StoredWebhook]) -> Document:
    return {"_id": {"$in": [webhook.event_id for webhook in webhooks]}}
