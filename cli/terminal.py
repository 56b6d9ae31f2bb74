"""What the commands share: where the broker is, where words go, and how a failure ends."""

import json
import re
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from chassis.logger import configure_with
from chassis.messaging.cluster import Cluster

if TYPE_CHECKING:
    from rich.console import Console

    from chassis.messaging.broker import Producer

T = TypeVar("T")
WRONG, USAGE, UNREACHABLE = 1, 2, 3
GAP = 2
"""Spaces between two columns."""
_PASSWORD = re.compile(r"^[a-z+]+://[^/@]*:[^/@]*@")
ENDPOINTS = Path("var/run/endpoints.json")


def visible(text: str) -> str:
    """The text with what a terminal would act on shown as an escape: control characters, line ends, directions."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def _widths(columns: Sequence[str], cells: Sequence[Sequence[str]], most: int) -> list[int] | None:
    """Of each column, with its heading in one line or with a word a line; None where cells would have to be broken."""
    from rich.cells import cell_len

    whole = [max(map(cell_len, (heading, *column))) for heading, *column in zip(columns, *cells, strict=True)]
    words = [
        max(map(cell_len, (*heading.split(), *column, ""))) for heading, *column in zip(columns, *cells, strict=True)
    ]
    return next((widths for widths in (whole, words) if sum(widths) + GAP * (len(widths) - 1) <= most), None)


class Terminal:
    """What it prints came from records, brokers and databases: none of it is markup, and none of it controls.

    What draws is loaded when there is something to draw: help, JSON and a token do without.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        self._stderr = stderr

    @cached_property
    def console(self) -> "Console":
        from rich.console import Console

        return Console(stderr=self._stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)

    def say(self, text: str, style: str | None = None) -> None:
        """One line."""
        self.console.print(visible(text), style=style)

    def table(self, columns: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
        """Its cells are one line each. Rows that are wider than the screen are told one below the other."""
        from rich.table import Table
        from rich.text import Text

        cells = [[visible(cell) for cell in row] for row in rows]
        widths = _widths(columns, cells, self.console.width)
        if widths is None:
            self._listing(columns, cells)
            return
        table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
        for column, width in zip(columns, widths, strict=True):
            table.add_column(Text(visible(column)), width=width)
        for row in cells:
            table.add_row(*map(Text, row))
        self.console.print(table)

    def _listing(self, columns: Sequence[str], cells: Iterable[Sequence[str]]) -> None:
        """Each row as lines of `column: cell`, with an empty line behind it."""
        from rich.text import Text

        for row in cells:
            for column, cell in zip(columns, row, strict=True):
                self.console.print(Text(f"{visible(column)}: {cell}", overflow="fold"), soft_wrap=False)
            self.console.print()

    def tell_json(self, content: object) -> None:
        """One line. Only ASCII, so that it holds nothing that a terminal acts on, and is JSON all the same."""
        typer.echo(json.dumps(content, default=str).replace("\x7f", "\\u007f"))

    def tell_bytes(self, content: bytes) -> None:
        """As they are where they go to a file or a pipe; made visible, line by line, for a person's eyes."""
        if not self.console.is_terminal:
            typer.echo(content)
            return
        for line in content.decode(errors="backslashreplace").split("\n"):
            self.say(line)


out = Terminal()
err = Terminal(stderr=True)


def endpoint(*names: str) -> str | None:
    """Where a part answers that runs on this machine, from here; None when nothing runs."""
    try:
        found = json.loads(ENDPOINTS.read_text())
        for name in names:
            found = found[name]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _default_bootstrap() -> str:
    return endpoint("kafka") or "127.0.0.1:9092"


def _cluster(bootstrap: str) -> Cluster:
    """The brokers, and from the environment how to sign in there, by the same variables as a service."""
    from chassis.environment import Unusable
    from chassis.messaging.kafka_settings import KafkaSettings

    try:
        return KafkaSettings.checked(kafka=bootstrap).cluster
    except Unusable as error:
        fail(str(error), USAGE)


Bootstrap = Annotated[
    Cluster,
    typer.Option(
        envvar="CHAIRSIDE_KAFKA",
        default_factory=_default_bootstrap,
        parser=_cluster,
        metavar="HOST:PORT,…",
        show_default=f"kafka in {ENDPOINTS}, or 127.0.0.1:9092",
        help="Kafka brokers, host:port.",
    ),
]


def _default_uri() -> str:
    return endpoint("mongodb") or "mongodb://127.0.0.1:27017"


def _address(uri: str) -> str:
    """The URI, with the files of TLS that the environment names."""
    from chassis.database.address import MongoSettings
    from chassis.environment import Unusable

    try:
        return MongoSettings.checked(mongo_uri=uri).mongo_address
    except Unusable as error:
        fail(str(error), USAGE)


def _without_password(context: typer.Context, parameter: typer.CallbackParam, uri: str) -> str:
    source = context.get_parameter_source(parameter.name or "")
    if source is not None and source.name == "COMMANDLINE" and _PASSWORD.search(uri):
        raise typer.BadParameter("every process of this machine sees a password there: give CHAIRSIDE_MONGO_URI")
    return uri


MongoUri = Annotated[
    str,
    typer.Option(
        "--mongo",
        callback=_without_password,
        envvar="CHAIRSIDE_MONGO_URI",
        default_factory=_default_uri,
        parser=_address,
        metavar="URI",
        show_default=f"mongodb in {ENDPOINTS}, or 127.0.0.1:27017",
        help="The database; with a password only by the variable.",
    ),
]


def command_group(help_: str) -> typer.Typer:
    """Commands under one name. Their help is plain text: what draws it in boxes takes longer to load than all of us."""
    return typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=help_)


def run(work: Coroutine[Any, Any, T], bootstrap: Cluster) -> T:
    """Ends the process with one line when the broker refuses or does not answer."""
    # Here and in other places: what Kafka and MongoDB stand on takes seconds to import, and most commands do without.
    import asyncio
    import logging

    from aiokafka.errors import KafkaError

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    configure_with(_log_aside)
    try:
        return asyncio.run(work)
    except (KafkaError, OSError) as error:
        fail(f"broker {bootstrap}: {error}", UNREACHABLE)


def _log_aside() -> None:
    """What is printed is the answer, and may be read by a program."""
    import structlog

    if not structlog.is_configured():
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


@asynccontextmanager
async def producing(bootstrap: Cluster) -> AsyncIterator["Producer"]:
    """A producer that waits for all replicas, for as long as it is needed."""
    from chassis.messaging.broker import Producer

    producer = Producer(bootstrap, "chairside-cli")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def fail(reason: str, code: int = WRONG) -> NoReturn:
    """Says why, and ends."""
    err.say(reason, style="red")
    raise typer.Exit(code)
