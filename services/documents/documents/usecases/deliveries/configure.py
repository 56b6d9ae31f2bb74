"""A clinic's settings of its mail."""

from chassis.messaging.outbox import Unit
from documents.domain.deliveries.sending_policy import SendingSettings, changed
from documents.store import Store
from kernel.change import Change
from kernel.errors import BusinessError


async def put_sending_settings(
    unit: Unit, store: Store, wanted: SendingSettings, change: Change, *, links: bool
) -> SendingSettings:
    """Stores them under the next version. `links`: whether this service can sign any.

    Raises BusinessError 422 where links are wanted, and cannot be signed.
    """
    if wanted.deliver_as == "link" and not links:
        raise BusinessError("links-not-configured", "this service signs no links", field="/deliver_as")
    before = await store.sending_settings.of(wanted.clinic_id, unit.session)
    stored = changed(before, wanted, change.at)
    await store.sending_settings.put(unit, stored, change)
    return stored
