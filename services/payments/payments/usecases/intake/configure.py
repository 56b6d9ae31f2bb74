"""A clinic's settings."""

from dataclasses import replace

from chassis.messaging.outbox import Unit
from kernel.change import Change
from payments.domain.intake.payment_policy import PaymentSettings
from payments.usecases.intake.ledger import PaymentLedger


async def put_settings(unit: Unit, ledger: PaymentLedger, settings: PaymentSettings, change: Change) -> PaymentSettings:
    """Stores them under the next version."""
    before = await ledger.store.payment_policy.of(settings.clinic_id, unit)
    stored = replace(settings, version=before.version + 1)
    await ledger.store.payment_policy.put(unit, stored, change)
    return stored
