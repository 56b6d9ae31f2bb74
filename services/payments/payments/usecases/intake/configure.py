"""A clinic's settings."""

from dataclasses import replace

from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.change import Change
from payments.domain.intake.payment_policy import PaymentSettings
from payments.usecases.intake.ledger import Books


async def put_settings(
    unit: Unit, books: Books, settings: PaymentSettings, by: Actor, reason: str | None
) -> PaymentSettings:
    """Stores them under the next version."""
    before = await books.store.settings.of(settings.clinic_id, unit)
    stored = replace(settings, version=before.version + 1)
    await books.store.settings.put(unit, stored, Change(books.clock(), by, reason))
    return stored
