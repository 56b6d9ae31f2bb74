"""A service for tests of the chassis: it notes every voided session once, and says so."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from chassis.messaging.batch import Batch
from chassis.messaging.consumer import Subscription
from chassis.messaging.dead_letters import to_replay
from chassis.messaging.reading import Record
from chassis.service import Service
from chassis.settings import Settings
from contracts.clinical import SessionVoided
from contracts.envelope import Message, to_message
from contracts.topics import Topic, dead_letter
from kernel.errors import BusinessError
from tests.parts.patience import soon
from tests.parts.topics import make_topics
from tests.parts.wire import AT, publish_soon, read_soon

REFUSED, BROKEN, TOO_MUCH = "refused", "broken", "more than the database can hold"


class Notebook:
    """Sessions say in their reason what is to become of them."""

    def __init__(
        self,
        kafka: str,
        mongo_uri: str,
        database: str,
        name: str,
        ordinal: str = "0",
        stalled_after_s: float = 30.0,
        shutdown_grace_s: int = 20,
    ) -> None:
        self.kafka = kafka
        self.name = name
        self.inbox, self.outbox, self.letters = f"{name}.in", f"{name}.out", dead_letter(name)
        self.refuses = True
        self.attempts: list[int] = []
        self.settings = Settings(
            service=name,
            ordinal=ordinal,
            kafka=kafka,
            mongo_uri=mongo_uri,
            mongo_database=database,
            jwks_url="http://127.0.0.1:1/jwks.json",
            issuer="http://127.0.0.1:1",
            request_deadline_s=2,
            stalled_after_s=stalled_after_s,
            shutdown_grace_s=shutdown_grace_s,
        )
        self.service = Service(self.settings, {"notes": []})
        self.notes = self.service.mongo.collection("notes")
        topic = Topic(self.inbox, "test", "{clinic_id}", "contracts.clinical", ("SessionVoided",))
        self.service.hears(Subscription(topic, (SessionVoided,), self._on_voided))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        make_topics(self.kafka, self.inbox, self.outbox, self.letters)
        await self.service.start()
        try:
            yield self
        finally:
            await self.service.stop()

    async def _on_voided(self, batch: Batch[SessionVoided]) -> None:
        self.attempts.append(batch.attempt)
        known: set[str] = set()
        if batch.attempt:
            ids = [event.session_id for event in batch.events]
            known = {row["_id"] for row in await self._stored(batch, ids)}
        fresh: dict[str, SessionVoided] = {}
        for heard in batch:
            with batch.judging(heard):
                self._judge(heard.event)
                if heard.event.session_id not in known | fresh.keys():
                    fresh[heard.event.session_id] = heard.event
        if fresh:
            rows = [{"_id": id_, "size": 2**70 if event.reason == TOO_MUCH else 1} for id_, event in fresh.items()]
            await self.notes.insert_many(rows, session=batch.unit.session)
            batch.unit.messages.extend(noted(self.outbox, event) for event in fresh.values())

    def _judge(self, event: SessionVoided) -> None:
        if event.reason == REFUSED and self.refuses:
            raise BusinessError("refused", f"session {event.session_id} asked for it")
        if event.reason == BROKEN:
            raise RuntimeError("a bug")

    async def _stored(self, batch: Batch[SessionVoided], ids: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self.notes.find({"_id": {"$in": ids}}, session=batch.unit.session).to_list(
            None
        )
        return rows

    async def hears(self, *messages: Message) -> None:
        await publish_soon(self.kafka, *messages)

    async def noted(self, count: int) -> set[str]:
        """The ids of all notes, once there are as many."""
        rows = await soon(lambda: self.notes.find({}).to_list(None), lambda rows: len(rows) >= count)
        return {row["_id"] for row in rows}

    async def published(self, count: int) -> list[Record]:
        """What was said about notes, once it is as much."""
        return await read_soon(self.kafka, self.outbox, lambda records: len(records) >= count)

    async def told_of(self, count: int) -> set[bytes | None]:
        """Of which notes something was said, once it is as many: after a failure some may be said again."""
        said = await read_soon(self.kafka, self.outbox, lambda records: len({r.key for r in records}) >= count)
        return {record.key for record in said}

    async def rejected(self, count: int) -> list[Record]:
        """The dead letters, once there are as many."""
        return await read_soon(self.kafka, self.letters, lambda records: len(records) >= count)

    async def parked(self) -> dict[str, int]:
        """How many records of each session are in the dead letter."""
        rows = await self.service.mongo.collection("parked").find({}).to_list(None)
        return {row["subject"]: row["records"] for row in rows}

    async def replay(self, letters: Sequence[Record], *, discard: bool = False) -> None:
        sent = [Message(letter.topic, letter.key, letter.value, letter.headers) for letter in letters]
        await self.hears(*(to_replay(letter, discard=discard) for letter in sent))

    def voided(self, session_id: str, reason: str = "", version: int = 1, key: str = "clinic-berlin/one") -> Message:
        """A record of the inbox; all have one key when nothing else is said, so that they keep their order."""
        event = SessionVoided.model_construct(
            session_id=session_id, clinic_id="clinic-berlin", version=version, patient_id="pat-77", reason=reason
        )
        return to_message(
            topic=self.inbox,
            type_=event.TYPE,
            source="/test",
            subject=session_id,
            version=version,
            key=key,
            at=AT,
            value=event.model_dump_json().encode(),
        )


def noted(topic: str, event: SessionVoided) -> Message:
    return Message(
        topic, event.session_id.encode(), event.model_dump_json().encode(), [("ce_id", event.session_id.encode())]
    )


def code_of(letter: Record) -> str:
    return (dict(letter.headers)["error-code"] or b"").decode()
