"""Whoever holds a link gets its document, and the journal says that they did."""

from dataclasses import dataclass

from chassis.messaging.outbox import Outbox, Unit
from documents.domain.deliveries.delivery import Delivery, Enclosure
from documents.store import Store
from documents.store.link_openings import LinkOpening
from documents.usecases.ports import FileStore, Links, LinkTarget, LinkUnknown
from kernel.clock import Clock, utc_now
from kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Raises LinkExpired, and LinkUnknown for what names no document that was sent as a link."""

    outbox: Outbox
    store: Store
    files: FileStore
    links: Links | None
    clock: Clock = utc_now

    async def __call__(self, token: str) -> tuple[Enclosure, bytes]:
        if self.links is None:
            raise LinkUnknown
        target = self.links.read(token)
        delivery = await self.store.deliveries.find(target.delivery_id)
        enclosure = _enclosed(delivery, target)
        content = await self.files.read(enclosure.file or "") if enclosure else None
        if delivery is None or enclosure is None or content is None:
            raise LinkUnknown
        opening = LinkOpening(
            opening_id=new_id("opn"),
            clinic_id=delivery.clinic_id,
            delivery_id=delivery.delivery_id,
            document_id=target.document_id,
            document_version=target.version,
            at=self.clock(),
        )

        async def record(unit: Unit) -> None:
            await self.store.link_openings.keep(unit, opening)

        await self.outbox.transact(record)
        return enclosure, content


def _enclosed(delivery: Delivery | None, target: LinkTarget) -> Enclosure | None:
    """The very version that was sent."""
    if delivery is None or delivery.link_until is None:
        return None
    wanted = (target.document_id, target.version)
    return next((each for each in delivery.enclosures if (each.link_id, each.version) == wanted), None)
