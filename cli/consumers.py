"""chairside consumer resume|seek: a service goes on with a topic that it stopped taking, or goes on elsewhere in it."""

import getpass
from typing import TYPE_CHECKING

from cli import orders
from cli.orders import AtPlace, By, Database, Service, TopicName, Why
from cli.terminal import MongoUri, command_group, fail, out

if TYPE_CHECKING:
    from chassis.messaging.control import ConsumerControl, Resumption

app = command_group("Consumers that stand still.")


@app.command()
def resume(
    service: Service,
    topic: TopicName,
    uri: MongoUri,
    database: Database = None,
    by: By = None,
) -> None:
    """Let a service take a topic again; what is on it now goes to the dead letter where it is still refused."""

    async def resumed(control: "ConsumerControl") -> "Resumption | None":
        from kernel.clock import utc_now

        return await control.resume(topic, utc_now(), by or getpass.getuser())

    order = orders.controlling(uri, database or service, resumed)
    if order is None:
        fail(f"{service} has not stopped taking {topic}")
    out.say(f"{service} goes on with {topic}: order {order.epoch}, by {order.by}")


@app.command()
def seek(
    service: Service,
    topic: TopicName,
    place: AtPlace,
    uri: MongoUri,
    why: Why,
    database: Database = None,
    by: By = None,
) -> None:
    """Let a service go on at this offset of a partition: what lies before it is passed over, what lies behind is heard.

    The process that has the partition does so within seconds, or as soon as one starts. To hear something again changes
    nothing that it changed before; to pass over something loses it, so `dead-letters skip` is nearly always better.
    """
    order = orders.give(uri, database or service, topic, "seek", place, by=by, why=why)
    out.say(f"{service} will go on at {place} of {topic}: order {order}")
