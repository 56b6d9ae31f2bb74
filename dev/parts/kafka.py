"""A Kafka broker without Java: noida-db.

Its limits: a `kill -9` loses its last second of writes, and a member that died by `kill -9` stays in its group
until the same `group_instance_id` comes back. It makes unknown topics by itself, with one partition.
"""

from collections.abc import Sequence
from importlib.resources import files

from aiokafka.admin import AIOKafkaAdminClient

from chassis.messaging.cluster import Cluster, as_cluster
from dev.parts.part import Part
from dev.run_async import run_async

CHOICE = "CHAIRSIDE_TEST_KAFKA"
EMBEDDED = "embedded"


class KafkaPart(Part):
    """Any broker that is ready once an admin client gets an answer."""

    @property
    def bootstrap(self) -> str:
        return self.address

    def answer(self) -> list[str]:
        return run_async(list_topics(self.bootstrap))


class EmbeddedKafka(KafkaPart):
    name = "kafka"

    def command(self) -> Sequence[str]:
        # The binary itself: the package's wrapper would stay in between and swallow signals.
        binary = files("noida_db") / "noida-db"
        options = ["--data-dir", str(self.folder / "data"), "--only", "kafka", "--kafka-port", str(self.port)]
        return [str(binary), "start", *options]


async def list_topics(bootstrap: Cluster | str) -> list[str]:
    """The names of all topics; raises KafkaConnectionError when no broker answers."""
    admin = AIOKafkaAdminClient(**as_cluster(bootstrap).options(), request_timeout_ms=2_000)
    try:
        await admin.start()
        return list(await admin.list_topics())
    finally:
        await admin.close()
