"""Invoices from before lists could ask for session, number and reference are found by them, too."""

from chassis.messaging.outbox import Outbox, Unit
from invoicing.store import Store
from invoicing.usecases.catching_up.once import Once
from kernel.clock import Clock

NAME = "old-invoices-found"
PAGE = 500


def find_old_invoices(store: Store, outbox: Outbox, clock: Clock) -> Once:
    """Their snapshots, versions and histories stay as they are."""

    async def page(unit: Unit, after: str) -> str:
        return await store.invoices.make_findable(unit, after, PAGE)

    return Once(NAME, page, store.checks, outbox, clock)
