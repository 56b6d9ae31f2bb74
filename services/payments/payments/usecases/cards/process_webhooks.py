"""Webhooks: kept as they came, answered at once, worked off later.

An event only says that there is news: what it is about is fetched again, so the order of events does not matter.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog

from chassis.database.mongo import Document, DriverError, is_duplicate
from chassis.messaging.outbox import Unit
from kernel.errors import NotFound
from payments.usecases.cards.charge_card import learn
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.payouts import check_payouts
from payments.usecases.ports import Gateway, GatewayUnavailable, NewsSubject, Opened

log = structlog.get_logger(__name__)
PAGE = 100
FOUND = "found"
"""In place of an event's id and type, where none told of it."""
LONGEST_WAIT = timedelta(minutes=10)


async def keep(ledger: PaymentLedger, event_id: str, type_: str, about: NewsSubject | None, body: bytes) -> bool:
    """Stores a verified event under its id; False when it is there already. One about nothing of ours is only kept."""
    try:
        await ledger.store.webhooks.insert_one({"_id": event_id, **_row(ledger.clock(), type_, about, body)})
    except DriverError as error:
        if is_duplicate(error):
            return False
        raise
    return True


def _row(now: datetime, type_: str, about: NewsSubject | None, body: bytes) -> Document:
    return {
        "type": type_,
        "about": None if about is None else {"kind": about.kind, "id": about.id},
        "body": body,
        "status": "ignored" if about is None else "waiting",
        "received_at": now,
        "due_at": now,
        "attempts": 0,
    }


async def work_off(ledger: PaymentLedger, gateway: Gateway) -> bool:
    """Works off some of the events that wait; False when none did. Raises GatewayUnavailable."""
    waiting = {"status": "waiting", "due_at": {"$lte": ledger.clock()}}
    found = await ledger.store.webhooks.find(waiting).sort("due_at", 1).limit(PAGE).to_list(PAGE)
    rows: list[Document] = sorted(found, key=_thing)
    for (kind, id_), group in groupby(rows, key=_thing):
        await _process(ledger, gateway, NewsSubject(kind, id_), list(group))
    return bool(rows)


def _thing(row: Document) -> tuple[Any, str]:
    return row["about"]["kind"], row["about"]["id"]


async def _process(ledger: PaymentLedger, gateway: Gateway, about: NewsSubject, rows: list[Document]) -> None:
    """Many events of one thing are one look at it. What is wrong with one does not keep the others."""
    try:
        await process(ledger, gateway, about, rows)
    except GatewayUnavailable:
        await _postpone(ledger, rows)
        raise
    except Exception:
        log.exception("webhook-not-worked-off", about=about.id)
        await _postpone(ledger, rows)


async def process(ledger: PaymentLedger, gateway: Gateway, about: NewsSubject, rows: Sequence[Document] = ()) -> None:
    """Looks at it, and enters what has become of it; these events are done with that. Raises GatewayUnavailable."""
    known: Opened | None = None
    match about.kind:
        case "intent":
            known = await gateway.look(about.id)
        case "checkout":
            known = await gateway.look_at_page(about.id)
        case "payout":
            await check_payouts.enter(ledger, gateway, about.id)
            await _worked_off(ledger, rows, "done", None)
            return
    await ledger.transact(lambda unit: _enter(unit, ledger, known, rows))


async def process_listed(ledger: PaymentLedger, gateway: Gateway, about: NewsSubject) -> None:
    """The same for what no event told of. What is wrong with it waits among the events, and keeps nothing else."""
    try:
        await process(ledger, gateway, about)
    except GatewayUnavailable:
        raise
    except Exception:
        log.exception("listed-not-worked-off", about=about.id)
        row = _row(ledger.clock(), FOUND, about, b"")
        await ledger.store.webhooks.replace_one({"_id": f"{FOUND}-{about.id}"}, row, upsert=True)


async def _enter(unit: Unit, ledger: PaymentLedger, known: Opened | None, rows: Sequence[Document]) -> None:
    status, payment_id = "ignored", None if known is None else known.snapshot.payment_id
    if known is not None and payment_id is not None:
        try:
            await learn(unit, ledger, payment_id, known.snapshot, rows[-1]["_id"] if rows else None)
            status = "done"
        except NotFound:
            log.info("webhook-of-another-system", payment_id=payment_id)
    await _worked_off(ledger, rows, status, payment_id, unit)


async def _worked_off(
    ledger: PaymentLedger, rows: Sequence[Document], status: str, payment_id: str | None, unit: Unit | None = None
) -> None:
    if rows:
        change = {"$set": {"status": status, "payment_id": payment_id, "worked_off_at": ledger.clock()}}
        await ledger.store.webhooks.update_many(_these(rows), change, session=unit and unit.session)


async def _postpone(ledger: PaymentLedger, rows: list[Document]) -> None:
    attempts = max(row["attempts"] for row in rows) + 1
    change = {"due_at": _later(ledger.clock(), attempts), "attempts": attempts}
    await ledger.store.webhooks.update_many(_these(rows), {"$set": change})


def _later(now: datetime, attempts: int) -> datetime:
    return now + min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_WAIT)


def _these(rows: Iterable[Document]) -> dict[str, Any]:
    return {"_id": {"$in": [row["_id"] for row in rows]}}
