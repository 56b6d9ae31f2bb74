"""chairside topics create|acls: every topic of the registry, and who may do what on it, before a service starts."""

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from chassis.messaging.cluster import Cluster, as_cluster
from cli.terminal import Bootstrap, command_group, out, run

if TYPE_CHECKING:
    from aiokafka.admin import NewTopic

    from contracts.access import Grant, Operation

PARTITIONS = 6

app = command_group("Kafka topics of the registry.")


@app.command()
def create(
    bootstrap: Bootstrap,
    partitions: Annotated[int, typer.Option(min=1, help="Of each topic; more cannot be undone.")] = PARTITIONS,
    replication: Annotated[int, typer.Option(min=1, help="Copies of each partition.")] = 1,
) -> None:
    """Create the topics that the broker lacks; the others are left as they are."""
    made = run(create_missing(bootstrap, partitions, replication), bootstrap)
    out.table(("topic", "what", "partitions"), ((name, what, str(count)) for name, (what, count) in made.items()))


@app.command()
def acls(
    tool: Annotated[
        str, typer.Option("--tool", help="What each line begins with; the tool comes with Kafka.")
    ] = "kafka-acls.sh --bootstrap-server localhost:9092",
    principal: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PRINCIPAL", help="Who signs in otherwise, as by certificate: invoicing=User:CN=…"),
    ] = None,
) -> None:
    """Print the commands that grant each service, and whoever publishes or operates, exactly what it needs.

    A principal is User:NAME unless told otherwise.
    """
    from contracts.access import grants

    named = {name: called for name, _, called in (given.partition("=") for given in principal or ())}
    if unknown := sorted(named.keys() - {grant.who for grant in grants()}):
        raise typer.BadParameter(f"nobody is called {', '.join(unknown)}", param_hint="--principal")
    for words in acl_arguments(named):
        typer.echo(f"{tool} {shlex.join(words)}")


def acl_arguments(principals: Mapping[str, str]) -> Iterator[list[str]]:
    """What kafka-acls.sh is told: one line for all that somebody may do by one operation."""
    from contracts.access import grants

    rights: dict[tuple[str, Operation], list[Grant]] = {}
    for grant in grants():
        rights.setdefault((grant.who, grant.operation), []).append(grant)
    for (who, operation), granted in rights.items():
        things = [word for grant in granted for word in (f"--{grant.kind}", grant.name)]
        yield ["--add", "--allow-principal", principals.get(who, f"User:{who}"), "--operation", operation, *things]


async def create_missing(
    bootstrap: Cluster | str, partitions: int = PARTITIONS, replication: int = 1
) -> dict[str, tuple[str, int]]:
    """Whether each topic was created or exists, and with how many partitions. Raises KafkaError."""
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import TopicAlreadyExistsError, for_code

    from chassis.messaging.connecting import connect
    from contracts.topics import ALL_TOPIC_NAMES

    admin = AIOKafkaAdminClient(**as_cluster(bootstrap).options())
    try:
        await connect(admin)
        there = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
        missing = [name for name in ALL_TOPIC_NAMES if name not in there]
        answer = await admin.create_topics([new_topic(name, partitions, replication) for name in missing])
        for name, code, *_ in answer.topic_errors:
            # Somebody else may have been quicker.
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(name)
    finally:
        await admin.close()
    return {name: ("exists", there[name]) if name in there else ("created", partitions) for name in ALL_TOPIC_NAMES}


def new_topic(name: str, partitions: int, replication: int) -> "NewTopic":
    """How the topic is to be; with three copies, a write waits for two of them."""
    from aiokafka.admin import NewTopic

    from contracts.topics import max_record_bytes

    config = {"max.message.bytes": str(max_record_bytes(name))}
    if replication >= 3:
        config["min.insync.replicas"] = "2"
    return NewTopic(name, partitions, replication, topic_configs=config)
