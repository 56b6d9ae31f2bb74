"""How a person's order reaches a service: by its own database, where who gave it, when and why stays noted."""

import getpass
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cli.terminal import UNREACHABLE, fail

if TYPE_CHECKING:
    from chassis.messaging.control import ConsumerControl, OrderKind

T = TypeVar("T")
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
    if not why.strip():
        fail("--why must say something")

    async def order(control: "ConsumerControl") -> str:
        from kernel.clock import utc_now

        partition, offset = map(int, place.split(":"))
        given = await control.order(topic, kind, partition, offset, at=utc_now(), by=by or getpass.getuser(), why=why)
        return str(given.order_id)

    return controlling(uri, database, order)


def controlling(uri: str, database: str, act: Callable[["ConsumerControl"], Awaitable[T]]) -> T:
    """What `act` brings back of a service's orders. Ends the process when the database does not answer."""
    # Here, because all that it stands on takes a second to import, and most commands do without.
    import asyncio

    from pymongo.errors import PyMongoError

    from chassis.database.mongo import Mongo
    from chassis.messaging.control import ConsumerControl

    async def run() -> T:
        mongo = Mongo(uri, database)
        try:
            return await act(ConsumerControl(mongo))
        finally:
            await mongo.close()

    try:
        return asyncio.run(run())
    except PyMongoError as error:
        fail(f"database: {type(error).__name__}", UNREACHABLE)
