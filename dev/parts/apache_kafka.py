"""Apache Kafka, one KRaft node, run from its Maven artifacts: the broker for tests of the broker's own faults."""

import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from dev.parts.kafka import KafkaPart
from dev.parts.maven import CACHE, dependency, fetched, program, run
from dev.parts.processes import free_port

VERSION = "4.4.0"
LOG4J = "2.25.5"
NAME = "Apache Kafka"
_NOTHING_ELSE = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
DEPENDENCIES = "".join(
    (
        dependency("org.apache.kafka", "kafka_2.13", VERSION),
        dependency("org.apache.kafka", "kafka-tools", VERSION, _NOTHING_ELSE),
        dependency("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J),
    )
)
JAVA = ["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
ARCHIVED_WITHIN_S = 60


class ApacheKafka(KafkaPart):
    """Strict where the embedded broker is lenient: an unknown topic is not made by itself."""

    name = "apache-kafka"
    ready_within_s = 60

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self.controller_port = free_port()

    def command(self) -> Sequence[str]:
        settings = self.folder / "server.properties"
        settings.write_text("".join(f"{key}={value}\n" for key, value in self.properties().items()))
        if not (self.folder / "data" / "meta.properties").exists():
            cluster = ["-t", uuid4().hex[:22], *self.format_options()]
            run([*java(), "kafka.tools.StorageTool", "format", *cluster, "-c", str(settings)], "format its storage")
        return [*java(*self.java_options(), archived_as=self.own_archive), "kafka.Kafka", str(settings)]

    def stop(self) -> None:
        """What its first run has loaded is kept for all later ones."""
        self.child.stop(ARCHIVED_WITHIN_S)
        if self.own_archive.exists() and self.child.exit_code != -signal.SIGKILL:
            keep_archive(self.own_archive)

    @property
    def own_archive(self) -> Path:
        return self.folder / "classes.jsa"

    def format_options(self) -> Sequence[str]:
        """What a fresh store begins with, such as users."""
        return ()

    def java_options(self) -> Sequence[str]:
        return ()

    def properties(self) -> dict[str, str]:
        """Of the node, as Kafka names them."""
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{self.controller_port}",
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            # A node that comes back after `kill -9` waits until its former self has timed out.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "group.initial.rebalance.delay.ms": "0",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
        }


def java(*options: str, archived_as: Path | None = None) -> list[str]:
    """How a program of Kafka's is run; its name comes next. Raises NoJava.

    Its classes are those that are archived. While none are, what it has loaded is written when it ends.
    """
    if (archive := archive_of_classes()).exists():
        options = (f"-XX:SharedArchiveFile={archive}", *options)
    elif archived_as is not None:
        options = (f"-XX:ArchiveClassesAtExit={archived_as}", *options)
    return [program("java", NAME), *JAVA, *options, "-cp", f"{jars()}/*"]


def archive_of_classes() -> Path:
    """Kafka's classes as this Java has loaded them once: a start takes half the CPU. Raises NoJava."""
    return CACHE / f"kafka-{VERSION}-{Path(program('java', NAME)).stat().st_mtime_ns}.jsa"


def keep_archive(made: Path) -> None:
    """Whole, or not at all: others may begin to read it at any moment, or be about to keep theirs."""
    part = CACHE / f"{uuid4().hex}.part"
    shutil.move(made, part)
    part.replace(archive_of_classes())


def jars() -> Path:
    """The folder with the broker's jars, fetched with Maven at the first call. Raises NoJava."""
    return fetched(f"kafka-{VERSION}-tools", DEPENDENCIES)
