"""Puts a clinic's logo, and takes it away. Documents that are issued stay as they are."""

from dataclasses import dataclass

import structlog

from chassis.messaging.outbox import Outbox, Unit
from documents.domain.looks.logo import Logo
from documents.store import Store
from documents.usecases.ports import Rasterizer
from kernel.change import Change
from kernel.errors import NotFound

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Logos:
    """Raises LogoInvalid, Unavailable while nothing can draw, and NotFound where there is none."""

    outbox: Outbox
    store: Store
    rasterizer: Rasterizer

    async def put(self, clinic_id: str, content: bytes, change: Change) -> Logo:
        """Drawn before the transaction: that takes a process of its own, and time."""
        logo = Logo(clinic_id, await self.rasterizer.picture_of(content), change.at, change.by)

        async def keep(unit: Unit) -> None:
            await self.store.logos.keep(unit, logo)

        await self.outbox.transact(keep)
        log.info("logo-put", clinic=clinic_id, by=change.by.actor_id, size_bytes=len(logo.picture.png))
        return logo

    async def find(self, clinic_id: str) -> Logo:
        found = await self.store.logos.find(clinic_id)
        if found is None:
            raise NotFound("not-found", f"{clinic_id} has no logo")
        return found

    async def remove(self, clinic_id: str, change: Change) -> None:
        async def remove(unit: Unit) -> None:
            if not await self.store.logos.remove(unit, clinic_id):
                raise NotFound("not-found", f"{clinic_id} has no logo")

        await self.outbox.transact(remove)
        log.info("logo-removed", clinic=clinic_id, by=change.by.actor_id)
