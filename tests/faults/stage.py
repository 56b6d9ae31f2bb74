"""The stage: a broker, a database, and the four services as processes that may die, and are started again."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx2
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from chassis.failpoints import VARIABLE
from contracts.topics import SERVICES
from dev.parts.apache_kafka import ApacheKafka
from dev.parts.databases import embedded_mongo
from dev.parts.kafka import EMBEDDED, EmbeddedKafka, KafkaPart
from dev.parts.mongo import EmbeddedMongo
from dev.parts.part import Part
from dev.parts.processes import free_port, pause_s
from dev.parts.secantus import SecantusDB
from dev.parts.service import ServicePart
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from dev.parts.unhurried import unhurry_consumers
from dev.stripe_sandbox.part import StripeSandbox
from tests.faults.topics import Topics
from tests.parts.choice import EMBEDDED_MONGOS, running_kafka, running_mongo
from tests.parts.topics import empty_topics, make_topics

WEBHOOK_SECRET = "whsec_faults"
PATIENCE_S = 180
AT_ONCE = 2
T = TypeVar("T")
Databases = MongoClient[dict[str, Any]]


class StillBusy(AssertionError):
    """What was waited for did not come about."""


@dataclass
class Stage:
    """Everything that runs. `kafka` and `mongo` are None where the server is not ours to stop.

    What a process held in an open transaction when it died, its successor ends on MongoDB, and SecantusDB gives it back
    after a minute. A stage that is not `patient` has that given back at once; transactions of others are broken off by
    that, and tried again. `waits_s` are the times that are told at the end, by what was waited for.
    """

    folder: Path
    topics: Topics
    databases: Databases
    database_names: dict[str, str]
    tokens: TokenIssuer
    stripe: StripeSandbox
    smtp: SmtpSink
    kafka: KafkaPart | None
    mongo: EmbeddedMongo | None
    settings: dict[str, str]
    ports: dict[str, int]
    services: dict[str, ServicePart] = field(default_factory=dict)
    patient: bool = True
    faults: Counter[str] = field(default_factory=Counter)
    waits_s: dict[str, list[float]] = field(default_factory=dict)
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10, trust_env=False, verify=False))

    @cached_property
    def stripe_http(self) -> httpx2.Client:
        """To Stripe's API and to the sandbox's own routes."""
        return httpx2.Client(
            base_url=self.stripe.url, timeout=30, trust_env=False, verify=False, auth=("sk_test_faults", "")
        )

    @property
    def on_apache(self) -> bool:
        return isinstance(self.kafka, ApacheKafka)

    def database(self, service: str) -> Any:
        """The database of a service, to look at."""
        return self.databases[self.database_names[service]]

    def add(self, service: str, name: str, ordinal: int = 0, **changes: str) -> ServicePart:
        """One more process of a service, not started yet; once it was, it is started again when it is found dead."""
        own = {"MONGO_DATABASE": self.database_names[service], "ORDINAL": str(ordinal), **changes}
        settings = {**self.settings, **own}
        part = ServicePart(service, self.folder / name, settings, self.ports.get(name))
        part.ready_within_s = PATIENCE_S
        part.child.env[VARIABLE] = f"@{self._failpoint_of(name)}"
        self.services[name] = part
        return part

    def arm(self, name: str, failpoint: str) -> None:
        """The process is to strike itself at `point:nth[:stop]`."""
        file = self._failpoint_of(name)
        draft = file.with_suffix(".draft")
        draft.write_text(failpoint)
        draft.rename(file)

    def armed(self, name: str) -> bool:
        """Whether the failpoint did not strike yet."""
        return self._failpoint_of(name).exists()

    def disarm(self, name: str) -> None:
        self._failpoint_of(name).unlink(missing_ok=True)

    def halted(self, name: str) -> bool:
        """Whether a failpoint has stopped the process."""
        command = ["ps", "-o", "state=", "-p", str(self.services[name].child.pid)]
        return subprocess.run(command, capture_output=True, check=False).stdout.strip().startswith(b"T")

    def revive(self) -> None:
        """Starts again what died."""
        dead = [part for part in self.services.values() if part.child.exit_code is not None]
        for part in dead:
            # What it started itself lives on in its process group, and would do so beside its successor.
            with suppress(ProcessLookupError):
                os.killpg(part.child.pid, signal.SIGKILL)
        if dead and isinstance(self.mongo, SecantusDB) and not self.patient:
            self.databases.admin.command({"killAllSessions": []})
        self.start(*dead)

    def end(self) -> None:
        """Kills every process, whenever it was added, also one that stands still: nobody looks at them any more."""
        for part in self.services.values():
            part.kill()

    def start(self, *parts: Part) -> None:
        """Two at once: a start is half work and half waiting."""
        with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
            list(threads.map(lambda part: part.start(), parts))

    def until(self, look: Callable[[], T], good: Callable[[T], bool], what: str, patience_s: float = PATIENCE_S) -> T:
        """What is seen, once it is good; starts again what dies meanwhile. Raises StillBusy with the last look."""
        begun = time.monotonic()
        while True:
            try:
                if good(seen := look()):
                    return seen
                last = f"{seen!r} {seen.text}" if isinstance(seen, httpx2.Response) else repr(seen)
            except (PyMongoError, KafkaError) as error:
                last = repr(error)
            if time.monotonic() > begun + patience_s:
                raise StillBusy(f"{what}: {last}\n{self._unheard()}\n{self.logs()}")
            self.revive()
            time.sleep(pause_s(time.monotonic() - begun))

    def quiet(self) -> None:
        """Waits until nothing is on its way any more, anywhere. Raises StillBusy naming what is."""
        before: list[dict[tuple[str, int], int]] = [{}]

        def rest() -> dict[str, Any]:
            work = self._work()
            if not work and (ends := self.topics.ends()) != before[0]:
                before[0] = ends
                work["moving"] = True
            return work

        self.until(rest, lambda work: not work, "not quiet")

    def _work(self) -> dict[str, Any]:
        """What is to be done, in the order in which one leads to the next, so that nothing slips through."""
        counts: dict[str, int] = {
            "webhooks": self.stripe_http.get("/sandbox/health").json()["pending_webhooks"],
            "kept webhooks": self.database("payments")["webhooks"].count_documents({"status": "waiting"}),
            "transfers": self.database("payments")["bank_transactions"].count_documents({"status": "new"}),
            "jobs": self.database("documents")["jobs"].count_documents({}),
            **{f"outbox of {s}": self.database(s)["outbox"].count_documents({}) for s in SERVICES},
        }
        left = {name: count for name, count in counts.items() if count}
        return left or {f"lag of {group}": lag for group, lag in self.topics.lags().items()}

    def _unheard(self) -> str:
        """What the outboxes have not told and the groups not heard: it says who does not go on."""
        try:
            outboxes = {service: self.database(service)["outbox"].count_documents({}) for service in SERVICES}
            return f"outboxes: {outboxes}, lags: {self.topics.lags()}"
        except (PyMongoError, KafkaError) as error:
            return repr(error)

    def logs(self) -> str:
        """What our services complained about last."""
        complaints = []
        for name, part in self.services.items():
            lines = part.child.log_tail(2_000).splitlines()
            complaints += [f"{name}: {line}" for line in lines if '"level": "info"' not in line][-10:]
        return "\n".join(complaints)

    def _failpoint_of(self, name: str) -> Path:
        return self.folder / f"{name}.failpoint"


@contextmanager
def running_stage(
    folder: Path, kafka: str = EMBEDDED, mongo: str = EMBEDDED, *, patient: bool = True
) -> Iterator[Stage]:
    """A stage with empty topics and databases, all services ready; ended at the end."""
    folder = folder.absolute()
    with ExitStack() as ending:
        kafka_part = {EMBEDDED: EmbeddedKafka, "apache": ApacheKafka}.get(kafka)
        mongo_part = embedded_mongo(folder / "mongodb") if mongo in EMBEDDED_MONGOS else None
        broker = kafka_part(folder / "kafka") if kafka_part else None
        if isinstance(broker, EmbeddedKafka):
            unhurry_consumers()
        tokens, smtp = TokenIssuer(folder / "tokens"), SmtpSink(folder / "smtp")
        port = free_port()
        url = f"http://127.0.0.1:{port}/stripe/webhook"
        stripe = StripeSandbox(folder / "stripe", webhook_secret=WEBHOOK_SECRET, webhook_url=url)
        parts = [part for part in (broker, mongo_part, tokens, smtp, stripe) if part is not None]
        for part in parts:
            ending.callback(part.stop)
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda part: part.start(), parts))
        bootstrap = broker.bootstrap if broker else ending.enter_context(running_kafka(kafka, folder))
        make_topics(bootstrap) if broker else empty_topics(bootstrap)
        uri = mongo_part.uri if mongo_part else ending.enter_context(running_mongo(mongo, folder))
        run = uuid4().hex[:8]
        stage = Stage(
            folder=folder,
            topics=Topics(bootstrap),
            databases=ending.enter_context(MongoClient[dict[str, Any]](uri)),
            database_names={service: f"{service}_{run}" for service in SERVICES},
            tokens=tokens,
            stripe=stripe,
            smtp=smtp,
            kafka=broker,
            mongo=mongo_part,
            settings={
                "KAFKA": bootstrap,
                "MONGO_URI": uri,
                "JWKS_URL": tokens.jwks_url,
                "ISSUER": tokens.issuer,
                "STRIPE_API_KEY": "sk_test_faults",
                "STRIPE_API_BASE": stripe.url,
                "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
                # Most scenarios are more poisonous than any day; the one about the limit sets its own.
                "DEAD_LETTER_SHARE": "1",
                "CARD_ASK_AFTER_S": "1",
                "WORKER_LEASE_S": "2",
                "CLAIM_S": "3",
                "SMTP_PORT": str(smtp.port),
            },
            ports={"payments": port},
            patient=patient,
        )
        ending.callback(stage.end)
        for service in SERVICES:
            stage.add(service, service)
        stage.start(*stage.services.values())
        yield stage
        stage.http.close()
        stage.stripe_http.close()
