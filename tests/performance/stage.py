"""What a measurement stands on: a broker and a database that nobody used before, filled with sessions."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from invoicing import store
from invoicing.api.schemas.clinics import ClinicBody
from invoicing.api.schemas.price_lists import PriceListBody
from invoicing.settings import InvoicingSettings
from invoicing.store import Store
from invoicing.usecases.clinics.configure import put_clinic, put_price_list

from chassis.messaging.broker import Producer
from chassis.service import OWN_INDEXES, Service
from dev.parts.databases import embedded_mongo
from dev.parts.kafka import EmbeddedKafka, KafkaPart
from dev.parts.secantus import SecantusDB
from dev.parts.tokens import TokenIssuer
from kernel.actor import Actor
from kernel.change import Change
from kernel.clock import utc_now
from tests.parts.topics import make_topics
from tests.performance import load

PUBLISHED_AT_ONCE = 2_000
NO_LIMIT = 1e9


@dataclass(frozen=True)
class Stage:
    """Where the parts are."""

    kafka: str
    mongo: str

    def settings(self, ordinal: int = 0, issuer: TokenIssuer | None = None) -> InvoicingSettings:
        """Settings of an invoicing service on this stage; without an issuer it takes no token."""
        return InvoicingSettings(
            kafka=self.kafka,
            mongo_uri=self.mongo,
            jwks_url=issuer.jwks_url if issuer else "http://127.0.0.1:9/jwks.json",
            issuer=issuer.issuer if issuer else "bench",
            ordinal=str(ordinal),
            # What is measured is one caller in a hurry.
            caller_requests_per_s=NO_LIMIT,
            clinic_requests_per_s=NO_LIMIT,
        )


@contextmanager
def fresh(sessions: int, broker: type[KafkaPart] = EmbeddedKafka, *, only_read: bool = False) -> Iterator[Stage]:
    """A configured clinic and a full topic. SecantusDB slows down as it grows, so a stage is never used twice.

    For what is `only_read` after it was filled SecantusDB does not wait for the disk, which for indexes takes hours.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = embedded_mongo(folder / "mongodb")
        if isinstance(database, SecantusDB):
            database.waits_for_the_disk = not only_read
        with broker(folder / "kafka") as kafka, database as mongo:
            make_topics(kafka.bootstrap)
            stage = Stage(kafka.bootstrap, mongo.uri)
            asyncio.run(_prepare(stage, sessions))
            yield stage


async def _prepare(stage: Stage, sessions: int) -> None:
    service = Service(stage.settings(), store.INDEXES)
    kept = Store(service.mongo)
    await service.mongo.ensure_indexes({**OWN_INDEXES, **store.INDEXES})
    clinic = ClinicBody.model_validate(load.CLINIC_BODY).clinic(load.CLINIC)
    prices = PriceListBody.model_validate(load.PRICES_BODY).prices(load.CLINIC, "std")
    change = Change(utc_now(), Actor("bench", None, "billing_manager"))
    await service.outbox.transact(lambda unit: put_clinic(unit, kept, clinic, change))
    await service.outbox.transact(lambda unit: put_price_list(unit, kept, prices, change))
    await service.mongo.close()
    producer = Producer(stage.kafka, "bench")
    await producer.start()
    for first in range(0, sessions, PUBLISHED_AT_ONCE):
        await producer.publish(list(load.messages(first, min(PUBLISHED_AT_ONCE, sessions - first))))
    await producer.stop()
