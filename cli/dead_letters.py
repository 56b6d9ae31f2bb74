"""chairside dead-letters list|show|replay|skip: what a service rejected, and its way back."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from chassis.messaging.cluster import Cluster
from cli import orders
from cli.orders import AtPlace, By, Database, Service, TopicName, Why
from cli.terminal import USAGE, WRONG, Bootstrap, MongoUri, fail, out, producing, run
from contracts.services import SERVICES

if TYPE_CHECKING:
    from cli.letters import Letter

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Records that a service could not read or that broke a rule."
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _since(text: str) -> datetime:
    """A time with offset, or how long ago: 30m, 2h, 3d."""
    if ago := re.fullmatch(r"([0-9]{1,6})([smhd])", text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("neither a time (2026-11-20T09:00:00+01:00) nor an age (30m, 2h, 3d)") from None
    return moment if moment.tzinfo else moment.astimezone()


def _service(name: str) -> str:
    if name not in SERVICES:
        raise typer.BadParameter(f"one of {', '.join(SERVICES)}")
    return name


Consumer = Annotated[str, typer.Argument(callback=_service, help="The service that rejected it.")]


@app.command(name="list")
def list_(
    bootstrap: Bootstrap,
    consumer: Annotated[list[str] | None, typer.Option(help="Only of this service; all when not given.")] = None,
    since: Annotated[
        datetime | None, typer.Option(parser=_since, metavar="TIME|AGE", help="Only younger ones.")
    ] = None,
    settled: Annotated[bool, typer.Option("--settled", help="Also those that were replayed or discarded.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List what waits in the dead letters, with the place to name it by."""
    found = [
        letter
        for service in [_service(name) for name in consumer or SERVICES]
        for letter in _read(bootstrap, service, since)
        if letter.open or settled
    ]
    if as_json:
        for letter in found:
            out.tell_json(_row(letter))
    elif found:
        out.table(list(_row(found[0])), (_row(letter).values() for letter in found))
    else:
        out.say("no dead letters")


def _row(letter: "Letter") -> dict[str, str]:
    return {
        "consumer": letter.consumer,
        "place": letter.place,
        "time": letter.at.isoformat(timespec="seconds"),
        "state": letter.state,
        "code": letter.code,
        "message": letter.reason,
        "topic": letter.topic,
        "subject": letter.subject,
    }


@app.command()
def show(
    consumer: Consumer,
    place: Annotated[str, typer.Argument(help="partition:offset, as `list` says it.")],
    bootstrap: Bootstrap,
    value: Annotated[bool, typer.Option("--value", help="Also the bytes: they may be a patient's data.")] = False,
) -> None:
    """Show the headers of one dead letter, and with --value its bytes."""
    [letter] = _named(_read(bootstrap, consumer), [place])
    out.say(f"state: {letter.state}")
    out.say(f"key: {_readable(letter.message.key)}")
    for name, content in letter.message.headers:
        out.say(f"{name}: {_readable(content)}")
    if value:
        out.say("")
        out.tell_bytes(letter.message.value or b"")


@app.command()
def replay(
    consumer: Consumer,
    bootstrap: Bootstrap,
    places: Annotated[list[str] | None, typer.Argument(help="partition:offset, as `list` says it.")] = None,
    subject: Annotated[str | None, typer.Option(help="All of this aggregate, in their order.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait, in their order.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Drop them, and let those behind them pass.")] = False,
    out_of_order: Annotated[bool, typer.Option("--out-of-order", help="Though an earlier one still waits.")] = False,
) -> None:
    """Put dead letters back on their topics, with their keys, or discard them.

    As long as an aggregate has open letters, its new records join them. So `list` again after a replay.
    """
    if sum([bool(places), subject is not None, everything]) != 1:
        fail("name places, or --subject, or --all", USAGE)
    waiting = [letter for letter in _read(bootstrap, consumer) if letter.open]
    if places:
        chosen = _named(waiting, places)
    else:
        chosen = [letter for letter in waiting if everything or letter.subject == subject]
    _refuse_strangers(chosen)
    if not discard and not out_of_order:
        _refuse_overtaking(chosen, waiting)
    from cli.letters import RecordGone

    try:
        sent = run(_send_back(bootstrap, chosen, discard), bootstrap)
    except RecordGone as gone:
        fail(f"{gone}; --discard drops the letter")
    there = f", {len(chosen) - sent} had arrived already" if sent < len(chosen) else ""
    out.say(f"{sent} {'discarded' if discard else 'replayed'}{there}")
    if not chosen:
        raise typer.Exit(WRONG)


@app.command()
def skip(
    service: Service,
    topic: TopicName,
    place: AtPlace,
    uri: MongoUri,
    why: Why,
    database: Database = None,
    by: By = None,
) -> None:
    """Set aside unread the record at this place of a topic: it goes to the dead letter, and the service goes on.

    For a record at which a consumer stands still. The letter can be replayed like any other.
    """
    order = orders.give(uri, database or service, topic, "skip", place, by=by, why=why)
    out.say(f"{service} will set aside {place} of {topic}: order {order}")


def _read(cluster: Cluster, service: str, since: datetime | None = None) -> list["Letter"]:
    # Here, because what reads Kafka takes a second to import.
    from cli import letters

    return run(letters.read(cluster, service, since), cluster)


async def _send_back(cluster: Cluster, chosen: Sequence["Letter"], discard: bool) -> int:
    from cli import letters

    async with producing(cluster) as producer:
        return await letters.send_back(cluster, producer, chosen, discard=discard)


def _named(found: Sequence["Letter"], places: Sequence[str]) -> list["Letter"]:
    """In the order of the topic, whatever the order of the names."""
    known = {letter.place for letter in found}
    unknown = [place for place in places if place not in known]
    if unknown:
        fail(f"no such dead letter, or it is settled: {', '.join(unknown)}")
    return [letter for letter in found if letter.place in places]


def _refuse_strangers(chosen: Sequence["Letter"]) -> None:
    strange = [letter.place for letter in chosen if not letter.topic]
    if strange:
        fail(f"without the header error-topic nobody knows where it came from: {', '.join(strange)}")


def _refuse_overtaking(chosen: Sequence["Letter"], waiting: Sequence["Letter"]) -> None:
    """The records of an aggregate go back in their order."""
    going = {letter.place for letter in chosen}
    for letter in chosen:
        for other in waiting:
            behind = (other.partition, other.offset) < (letter.partition, letter.offset)
            if behind and letter.subject and other.subject == letter.subject and other.place not in going:
                fail(f"{other.place} of {letter.subject} waits before {letter.place}: replay it too, or --out-of-order")


def _readable(value: bytes | None) -> str:
    return "(null)" if value is None else value.decode(errors="backslashreplace")
