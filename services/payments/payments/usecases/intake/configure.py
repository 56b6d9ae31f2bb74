"""A clinic's settings."""

from dataclasses import replace

from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.change import Change
from payments.domain.intake.payment_policy import PaymentSettings
from payments.usecases.intake.ledger import PaymentLedger


async def put_settings(
    unit: Unit, ledger: PaymentLedger, settings: PaymentSettings, by: Actor, reason: str | None
) -> PaymentSettings:
    """Stores them under the next version."""
    before = await ledger.store.settings.of(settings.clinic_id, unit)
    stored = replace(settings, version=before.version + 1)
    await ledger.store.settings.put(unit, stored, Change(ledger.clock(), by, reason))
    return stored
