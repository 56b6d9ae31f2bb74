"""One completed session on its way to a draft: how many modules it passes, and how it comes back."""

from types import SimpleNamespace
from typing import Any

from invoicing.api.schemas.clinics import ClinicBody
from invoicing.api.schemas.price_lists import PriceListBody
from invoicing.consumers import subscriptions
from invoicing.store.pricing import TermsLoader
from invoicing.usecases.clinics.configure import put_clinic, put_price_list

from chassis.messaging.batch import Batch
from chassis.messaging.outbox import Unit
from chassis.messaging.reading import Reader
from contracts.topics import SESSIONS
from kernel.clock import utc_now
from tests.integration.invoicing.own_store import OwnStore
from tests.parts.call_path import CallPath
from tests.performance import load
from tests.unit.invoicing.examples import NOW

MOST_ROOMS = 32
MOST_RETURNS = 14


async def test_a_session_passes_few_modules_on_its_way_to_the_draft_and_climbs_nowhere(own: OwnStore) -> None:
    path = await _followed(own)
    assert path.rooms[0] == "invoicing.consumers"
    assert "invoicing.store.invoices" in path.rooms
    assert path.upward == []
    assert len(path.rooms) <= MOST_ROOMS, path.rooms
    assert len(path.returns) <= MOST_RETURNS, path.returns


async def _followed(own: OwnStore) -> CallPath:
    """Of the first session of a clinic that is configured: what is kept between batches is read, too."""
    configured = ClinicBody.model_validate(load.CLINIC_BODY).clinic(load.CLINIC)
    prices = PriceListBody.model_validate(load.PRICES_BODY).prices(load.CLINIC, "std")
    await own.do(lambda unit: put_clinic(unit, own.store, configured, NOW))
    await own.do(lambda unit: put_price_list(unit, own.store, prices, NOW))
    sessions, _ = subscriptions(own.store, TermsLoader(own.mongo, "EUR"), utc_now)
    [message] = load.messages(0, 1)
    record: Any = SimpleNamespace(
        topic=SESSIONS.name, partition=0, offset=0, key=message.key, value=message.value, headers=message.headers
    )
    reading, path = Reader(SESSIONS, sessions.events).read(record), CallPath()

    async def work(unit: Unit) -> None:
        batch = Batch[Any](unit, [reading], {}, sessions.subject, 0)
        with path.followed():
            await sessions.handle(batch)

    await own.do(work)
    return path
