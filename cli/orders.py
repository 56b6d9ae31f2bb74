"""How a person's order reaches a service: by its own database, where who gave it, when and why stays noted."""

import asyncio
import getpass
import re
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import UNREACHABLE, fail

if TYPE_CHECKING:
    from chassis.messaging.control import OrderKind

_PLACE = re.compile(r"([0-9]{1,9}):([0-9]{1,18})")


def _place(text: str) -> str:
    if _PLACE.fullmatch(text) is None:
        raise typer.BadParameter("partition:offset, like 3:42")
    return text


Service = Annotated[str, typer.Argument(help="Whose consumer: invoicing, payments, cash-register, documents.")]
TopicName = Annotated[str, typer.Argument(help="The topic, as /health/ready names it.")]
AtPlace = Annotated[str, typer.Argument(callback=_place, metavar="PARTITION:OFFSET", help="Where on the topic.")]
Database = Annotated[str | None, typer.Option(help="The service's database; named as the service when not given.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; it is kept. Your user name when not given.")]
Why = Annotated[str, typer.Option("--why", help="It is kept, so no patient's name.")]


def give(uri: str, database: str, topic: str, kind: "OrderKind", place: str, *, by: str | None, why: str) -> str:
    """The id of the order. Ends the process when the database does not answer, or without a reason."""
    from pymongo.errors import PyMongoError

    if not why.strip():
        fail("--why must say something")
    try:
        return asyncio.run(_give(uri, database, topic, kind, place, by or getpass.getuser(), why))
    except PyMongoError as error:
        fail(f"database: {type(error).__name__}", UNREACHABLE)


async def _give(uri: str, database: str, topic: str, kind: "OrderKind", place: str, by: str, why: str) -> str:
    # Here, because all that it stands on takes a second to import, and most commands do without.
    from chassis.database.mongo import Mongo
    from chassis.messaging.control import ConsumerControl
    from kernel.clock import utc_now

    mongo = Mongo(uri, database)
    try:
        order = await ConsumerControl(mongo).order(
            topic, kind, *map(int, place.split(":")), at=utc_now(), by=by, why=why
        )
        return str(order.order_id)
    finally:
        await mongo.close()
