"""Webhooks: kept as they came, answered at once, worked off later.

An event only says that there is news: the PaymentIntent is fetched again, so the order of events does not matter.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog

from chassis.kernel.errors import NotFound
from chassis.mongo import Document, DriverError, is_duplicate
from chassis.outbox import Unit
from payments.usecases.books import Books
from payments.usecases.charge_card import learn
from payments.usecases.gateway import Gateway, GatewayUnavailable, Opened

log = structlog.get_logger(__name__)
PAGE = 100
LONGEST_WAIT = timedelta(minutes=10)


async def keep(books: Books, event_id: str, type_: str, intent_id: str | None, body: bytes) -> bool:
    """Stores a verified event under its id; False when it is there already. One without an intent is only kept."""
    now = books.clock()
    row = {
        "_id": event_id,
        "type": type_,
        "intent_id": intent_id,
        "body": body,
        "status": "ignored" if intent_id is None else "waiting",
        "received_at": now,
        "due_at": now,
        "attempts": 0,
    }
    try:
        await books.store.webhooks.insert_one(row)
    except DriverError as error:
        if is_duplicate(error):
            return False
        raise
    return True


async def work_off(books: Books, gateway: Gateway) -> bool:
    """Works off some of the events that wait; False when none did. Raises GatewayUnavailable."""
    waiting = {"status": "waiting", "due_at": {"$lte": books.clock()}}
    found = await books.store.webhooks.find(waiting).sort("due_at", 1).limit(PAGE).to_list(PAGE)
    rows: list[Document] = sorted(found, key=_intent)
    for intent_id, group in groupby(rows, key=_intent):
        await _hear(books, gateway, intent_id, list(group))
    return bool(rows)


def _intent(row: Document) -> str:
    return str(row["intent_id"])


async def _hear(books: Books, gateway: Gateway, intent_id: str, rows: list[Document]) -> None:
    """Many events of one PaymentIntent are one look at it. What is wrong with one does not keep the others."""
    try:
        known = await gateway.look(intent_id)
        await books.transact(lambda unit: _enter(unit, books, known, rows))
    except GatewayUnavailable:
        await _postpone(books, rows)
        raise
    except Exception:
        log.exception("webhook-not-worked-off", intent_id=intent_id)
        await _postpone(books, rows)


async def _enter(unit: Unit, books: Books, known: Opened | None, rows: list[Document]) -> None:
    status, payment_id = "ignored", None if known is None else known.standing.payment_id
    if known is not None and payment_id is not None:
        try:
            await learn(unit, books, payment_id, known.standing, rows[-1]["_id"])
            status = "done"
        except NotFound:
            log.info("webhook-of-another-system", intent_id=known.standing.intent_id)
    change = {"$set": {"status": status, "payment_id": payment_id, "worked_off_at": books.clock()}}
    await books.store.webhooks.update_many(_these(rows), change, session=unit.session)


async def _postpone(books: Books, rows: list[Document]) -> None:
    attempts = max(row["attempts"] for row in rows) + 1
    change = {"due_at": _later(books.clock(), attempts), "attempts": attempts}
    await books.store.webhooks.update_many(_these(rows), {"$set": change})


def _later(now: datetime, attempts: int) -> datetime:
    return now + min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_WAIT)


def _these(rows: Iterable[Document]) -> dict[str, Any]:
    return {"_id": {"$in": [row["_id"] for row in rows]}}
