"""Publishes a file of sessions as the clinical system says them."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import typer
from cloudevents.core.bindings.kafka import to_binary_event
from cloudevents.core.v1.event import CloudEvent
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chassis.messaging.cluster import Cluster
from cli import session_files
from cli.session_files import Ready
from cli.terminal import WRONG, err, fail, out, producing, run, visible
from cli.visits import Unusable
from contracts.clinical import SessionBody
from contracts.envelope import Event, Message
from contracts.topics import SESSIONS

AT_ONCE = 200


def publish_file(file: Path, options: session_files.Options, cluster: Cluster, rate: float, *, strict: bool) -> None:
    """At most `rate` sessions a second, 0 for no limit. Ends the process when one was bad, or none was sent."""
    if strict:
        _refuse_unless_all_good(file, options)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err.console,
        transient=True,
    ) as progress:
        bar = progress.add_task(visible(f"reading {file.name}, bytes"), total=file.stat().st_size)
        entries = session_files.read(file, options, lambda count: progress.advance(bar, count))
        tally = _Tally()
        try:
            run(_send(tally.good(entries), cluster, rate, tally), cluster)
        finally:
            out.say(f"{tally.sent} published to {SESSIONS.name}, {tally.skipped} skipped, {tally.bad} refused")
    if tally.bad or not tally.sent:
        raise typer.Exit(WRONG)


def _refuse_unless_all_good(file: Path, options: session_files.Options) -> None:
    tally = _Tally()
    for _ in tally.good(session_files.read(file, options)):
        pass
    if tally.bad:
        fail(f"{tally.bad} refused, so nothing is published")


class _Tally:
    """Counts what becomes of the entries, and tells what is wrong with them as it goes."""

    def __init__(self) -> None:
        self.sent = self.skipped = self.bad = 0

    def good(self, entries: Iterable[Ready | Unusable]) -> Iterator[Ready]:
        for entry in entries:
            if isinstance(entry, Ready):
                yield entry
            elif entry.wrong:
                self.bad += 1
                err.say(f"{entry.where}: {entry.reason}", style="red")
            else:
                self.skipped += 1
                err.say(f"{entry.where}: skipped, {entry.reason}", style="yellow")


async def _send(entries: Iterator[Ready], cluster: Cluster, rate: float, tally: _Tally) -> None:
    """In the order of the file; each batch is acknowledged by all replicas before the next one leaves."""
    started = time.monotonic()
    async with producing(cluster) as producer:
        while batch := list(islice(entries, 1 if rate else AT_ONCE)):
            if rate:
                await asyncio.sleep(max(0.0, started + tally.sent / rate - time.monotonic()))
            await producer.publish([message_of(ready.event, ready.value) for ready in batch])
            tally.sent += len(batch)


def message_of(event: Event, value: bytes) -> Message:
    """The envelope as the official library makes it: here we are the clinical system."""
    happened = event.completed_at if isinstance(event, SessionBody) else datetime.now(UTC)
    attributes = {
        "id": f"{event.subject}:{event.version}",
        "source": f"/clinical/{event.key.partition('/')[0]}",
        "type": event.TYPE,
        "subject": event.subject,
        "time": happened,
        "datacontenttype": "application/json",
        "specversion": "1.0",
        "partitionkey": event.key,
    }
    written = to_binary_event(CloudEvent(attributes, value))
    return Message(SESSIONS.name, event.key.encode(), written.value, list(written.headers.items()))
