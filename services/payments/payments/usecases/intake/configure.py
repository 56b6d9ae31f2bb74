"""A clinic's settings."""

from dataclasses import replace

from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import BusinessError
from payments.domain.intake.payment_policy import PaymentSettings
from payments.usecases.intake.ledger import PaymentLedger


async def put_settings(
    unit: Unit, ledger: PaymentLedger, settings: PaymentSettings, zone: str | None, change: Change
) -> PaymentSettings:
    """Stores them under the next version, in the time zone of the clinic's profile.

    `zone` is what the caller says. Raises BusinessError where the profile has another one.
    """
    policy = ledger.store.payment_policy
    before, known = await policy.of(settings.clinic_id, unit), await policy.zone_of(settings.clinic_id, unit)
    if known is not None and zone not in (None, known):
        raise BusinessError(
            "time-zone-differs", f"the clinic's profile says {known}: it is told there", field="/calendar/time_zone"
        )
    stored = replace(settings.within(known or zone or "UTC"), version=before.version + 1)
    await ledger.store.payment_policy.put(unit, stored, change)
    return stored
