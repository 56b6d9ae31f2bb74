"""chairside topics create: every topic of the registry, before a service starts."""

from typing import Annotated

import typer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from cli.terminal import Bootstrap, out, run
from contracts.topics import ALL_TOPIC_NAMES, max_record_bytes

PARTITIONS = 6

app = typer.Typer(no_args_is_help=True, help="Kafka topics of the registry.")


@app.callback()
def topics() -> None:
    """Without this, typer would make `topics` itself the command, as it has only one."""


@app.command()
def create(
    bootstrap: Bootstrap,
    partitions: Annotated[int, typer.Option(min=1, help="Of each topic; more cannot be undone.")] = PARTITIONS,
    replication: Annotated[int, typer.Option(min=1, help="Copies of each partition.")] = 1,
) -> None:
    """Create the topics that the broker lacks; the others are left as they are."""
    made = run(create_missing(bootstrap, partitions, replication), bootstrap)
    out.table(("topic", "what", "partitions"), ((name, what, str(count)) for name, (what, count) in made.items()))


async def create_missing(
    bootstrap: str, partitions: int = PARTITIONS, replication: int = 1
) -> dict[str, tuple[str, int]]:
    """Whether each topic was created or exists, and with how many partitions. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
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


def new_topic(name: str, partitions: int, replication: int) -> NewTopic:
    """How the topic is to be; with three copies, a write waits for two of them."""
    config = {"max.message.bytes": str(max_record_bytes(name))}
    if replication >= 3:
        config["min.insync.replicas"] = "2"
    return NewTopic(name, partitions, replication, topic_configs=config)
