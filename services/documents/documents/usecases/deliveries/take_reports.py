"""What mail systems report of our mails ends up on the delivery."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from chassis.messaging.outbox import Outbox, Unit
from documents.domain.deliveries.delivery import Delivery, record_report
from documents.domain.deliveries.reports import Report
from documents.domain.documents.document import SERVICE
from documents.store import Store
from documents.usecases.deliveries.deliver import record_on_documents
from documents.usecases.ports import Inbox, Notification, ReadNotification
from kernel.change import Change
from kernel.clock import Clock, utc_now
from kernel.errors import BusinessError, NotFound

log = structlog.get_logger(__name__)


async def take_report(
    unit: Unit, store: Store, bounce: Notification, sees: Callable[[str], bool], change: Change
) -> Delivery:
    """Raises NotFound for a delivery that there is not, or that the caller does not see.

    A notification that was handed in before changes nothing.
    """
    before = await store.deliveries.find(bounce.delivery_id, unit.session)
    if before is None or not sees(before.clinic_id):
        raise NotFound("not-found", "there is no such delivery here")
    report = Report(bounce.notification_id, change.at, bounce.action, bounce.status, bounce.answer)
    after = record_report(before, report).state
    if after is not before:
        await store.deliveries.save(unit, after)
    if (before.status, after.status) == ("sent", "failed"):
        await record_on_documents(unit, store, after, change)
    return after


@dataclass(frozen=True, slots=True)
class TakeReports:
    """Works off a folder of mails. What is refused is kept beside it, to be looked at by a person: nothing is lost.

    Raises technical failures: then the file stays where it is.
    """

    outbox: Outbox
    store: Store
    inbox: Inbox
    read: ReadNotification
    clock: Clock = utc_now

    async def __call__(self) -> bool:
        """Whether there was something."""
        files = await self.inbox.waiting()
        for file in files:
            await self._take(file)
        return bool(files)

    async def _take(self, file: Path) -> None:
        # A file's name is given by whoever delivered it: it is told by its hash.
        named = hashlib.sha256(file.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        try:
            delivery = await self._taken(file)
        except BusinessError as refusal:
            log.warning("bounce-refused", file=named, code=refusal.code, reason=refusal.message)
            await self.inbox.keep(file, refused=True)
        else:
            log.info("bounce-taken", file=named, delivery=delivery.delivery_id, status=delivery.status)
            await self.inbox.keep(file, refused=False)

    async def _taken(self, file: Path) -> Delivery:
        raw = await self.inbox.read(file)
        if raw is None:
            raise BusinessError("body-too-large", "it is larger than a report may be")
        bounce = await asyncio.to_thread(self.read, raw)
        change = Change(self.clock(), SERVICE)
        return await self.outbox.transact(lambda unit: take_report(unit, self.store, bounce, lambda _: True, change))
