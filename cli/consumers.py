"""chairside consumer resume: a service goes on with a topic that its dead-letter limit made it stop taking."""

import asyncio
import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import UNREACHABLE, MongoUri, fail, out

if TYPE_CHECKING:
    from chassis.messaging.control import Resumption

app = typer.Typer(no_args_is_help=True, help="Consumers that stopped because too much went to the dead letter.")


@app.callback()
def _consumer() -> None:
    """Keeps `resume` a word of its own: typer drops the name of an only command."""


@app.command()
def resume(
    service: Annotated[str, typer.Argument(help="Whose consumer: invoicing, payments, cash-register, documents.")],
    topic: Annotated[str, typer.Argument(help="The topic, as /health/ready names it.")],
    uri: MongoUri,
    database: Annotated[
        str | None, typer.Option(help="The service's database; named as the service when not given.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Who says so; it is kept. Your user name when not given.")
    ] = None,
) -> None:
    """Let a service take a topic again; what is on it now goes to the dead letter where it is still refused."""
    from pymongo.errors import PyMongoError

    name = by or getpass.getuser()
    try:
        order = asyncio.run(_resume(uri, database or service, topic, name))
    except PyMongoError as error:
        fail(f"database: {type(error).__name__}", UNREACHABLE)
    if order is None:
        fail(f"{service} has not stopped taking {topic}")
    out.say(f"{service} goes on with {topic}: order {order.epoch}, by {order.by}")


async def _resume(uri: str, database: str, topic: str, by: str) -> "Resumption | None":
    # Here, because all that it stands on takes a second to import, and most commands do without.
    from chassis.database.mongo import Mongo
    from chassis.messaging.control import ConsumerControl
    from kernel.clock import utc_now

    mongo = Mongo(uri, database)
    try:
        return await ConsumerControl(mongo).resume(topic, utc_now(), by)
    finally:
        await mongo.close()
