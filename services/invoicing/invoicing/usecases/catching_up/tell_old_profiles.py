"""Clinics' profiles from before they were published are published."""

from chassis.messaging.outbox import Outbox, Unit
from invoicing.publishing import tell_profile
from invoicing.store import Store
from invoicing.usecases.catching_up.once import Once
from kernel.clock import Clock

NAME = "old-profiles-told"
PAGE = 100


def tell_old_profiles(store: Store, outbox: Outbox, clock: Clock) -> Once:
    """Each as it was put last; who has heard of that version ignores it."""

    async def page(unit: Unit, after: str) -> str:
        profiles = await store.clinics.after(unit, after, PAGE)
        for profile in profiles:
            tell_profile(unit, profile, await store.clinics.last_change(profile))
        return profiles[-1].clinic_id if profiles else ""

    return Once(NAME, page, store.checks, outbox, clock)
