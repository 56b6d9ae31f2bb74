"""What became of all that was ever done: for the report, and every night, with an alarm for what nobody bills."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from chassis.database.paging import MAX_LIMIT, PageRequest
from chassis.messaging.outbox import Outbox, Unit
from chassis.telemetry import COMPLETENESS_CHECKED_AT, UNBILLED_ITEMS
from invoicing.domain.clinics.clinic import UNBILLED_LIMIT_HOURS
from invoicing.domain.completeness.alarms import NO_ALARM, Alarm, ItemsUnbilled, watch
from invoicing.domain.completeness.fates import UNBILLED, Fate, LoggedSession, fates
from invoicing.domain.invoice.invoice import Invoice
from invoicing.publishing import Cause, publish, record
from invoicing.store import Store
from kernel.clock import Clock

log = structlog.get_logger(__name__)
NAME = "completeness"
EVER = "", "9999-12-31"
Judged = tuple[LoggedSession, tuple[Fate, ...]]


async def judged(
    unit: Unit, store: Store, clinic_id: str, days: tuple[str, str], request: PageRequest
) -> tuple[list[Judged], str | None]:
    """A page of the sessions of these days, first and last included, each with the fates of its items."""
    sessions, next_cursor = await store.session_log.page(unit, clinic_id, *days, request)
    invoices = await _invoices(unit, store, sessions)
    return [(session, fates(session, invoices.get(session.invoice_id, ()))) for session in sessions], next_cursor


async def counted(outbox: Outbox, store: Store, clinic_id: str, days: tuple[str, str]) -> Counter[str]:
    """How many items of these days are in each state."""
    counts: Counter[str] = Counter()
    cursor: str | None = ""
    while cursor is not None:
        request = PageRequest(MAX_LIMIT, cursor or None)
        found, cursor = await outbox.transact(lambda unit: judged(unit, store, clinic_id, days, request))  # noqa: B023
        counts.update(fate.state for _, its in found for fate in its)
    return counts


async def _invoices(unit: Unit, store: Store, sessions: Sequence[LoggedSession]) -> dict[str, list[Invoice]]:
    """The invoice of each session, with its supplements."""
    ids = [session.invoice_id for session in sessions]
    own = await store.invoices.by_id(unit, ids)
    found = {id_: [stored.invoice] for id_, stored in own.items()}
    for stored in (await store.invoices.supplements_to(unit, ids)).values():
        found.setdefault(stored.invoice.supplement_to or "", []).append(stored.invoice)
    return found


@dataclass
class _Round:
    """How far a check has come."""

    began_at: datetime
    clinic_id: str
    limit_hours: int
    cursor: str | None
    counts: Counter[str]


class CompletenessCheck:
    """Compares the log of the sessions with the invoices, every night; see `chassis.workers`.

    A piece of work is a page of a clinic's sessions.
    """

    def __init__(self, store: Store, outbox: Outbox, clock: Clock, hour: int) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._hour = hour
        self._round: _Round | None = None

    async def __call__(self) -> bool:
        """Whether there is more to do now. Raises DriverError."""
        if self._round is None:
            if not is_due(self._clock(), await self._store.checks.last(NAME), self._hour):
                return False
            begun = _Round(self._clock(), "", 0, None, Counter())
            return await self._next_clinic(begun)
        await self._page(self._round)
        return True if self._round.cursor is not None else await self._next_clinic(self._round)

    async def _next_clinic(self, so_far: _Round) -> bool:
        clinic_id = await self._store.session_log.clinic_after(so_far.clinic_id)
        if clinic_id is None:
            await self._finish(so_far)
            return False
        known = await self._outbox.transact(lambda unit: self._store.clinics.of(unit, [clinic_id]))
        limit_hours = known[clinic_id].unbilled_limit_hours if clinic_id in known else UNBILLED_LIMIT_HOURS
        self._round = _Round(so_far.began_at, clinic_id, limit_hours, "", so_far.counts)
        return True

    async def _page(self, now: _Round) -> None:
        request = PageRequest(MAX_LIMIT, now.cursor or None)

        async def work(unit: Unit) -> tuple[list[Judged], str | None]:
            page = await judged(unit, self._store, now.clinic_id, EVER, request)
            await alarm(unit, self._store, page[0], now.limit_hours, self._clock())
            return page

        found, now.cursor = await self._outbox.transact(work)
        now.counts.update(fate.state for _, its in found for fate in its)

    async def _finish(self, done: _Round) -> None:
        for state in UNBILLED:
            UNBILLED_ITEMS.labels(state).set(done.counts[state])
        COMPLETENESS_CHECKED_AT.set(done.began_at.timestamp())
        await self._store.checks.done(NAME, done.began_at)
        self._round = None
        log.info("completeness-checked", **{state.replace("-", "_"): count for state, count in done.counts.items()})


def is_due(now: datetime, last: datetime | None, hour: int) -> bool:
    """Whether the check of the last night, at this hour of UTC, was not done; the first one is always due."""
    night = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return last is None or last < (night if night <= now else night - timedelta(days=1))


async def alarm(unit: Unit, store: Store, found: Sequence[Judged], limit_hours: int, now: datetime) -> None:
    """Raises, or takes back, the alarm for what is unbilled for too long."""
    last = await store.alarms.of(unit, (session.invoice_id for session, _ in found))
    changed: dict[str, Alarm] = {}
    events: list[ItemsUnbilled] = []
    for session, its in found:
        outcome = watch(last.get(session.invoice_id, NO_ALARM), session, its, limit_hours, now)
        if outcome.events:
            changed[session.invoice_id] = outcome.state
            events += outcome.events
    await store.alarms.save(unit, changed)
    publish(unit, record(events, Cause()))
