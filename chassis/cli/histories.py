"""chairside verify-revisions: whether anybody changed, removed, reordered or cut off what a service wrote down."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from chassis.cli.terminal import ENDPOINTS, UNREACHABLE, WRONG, endpoint, fail, out

if TYPE_CHECKING:
    from chassis.seals import Seals
    from chassis.verification import Report


def _default_uri() -> str:
    return endpoint("mongodb") or "mongodb://127.0.0.1:27017"


def verify_revisions(
    uri: Annotated[
        str,
        typer.Option(
            "--mongo",
            envvar="CHAIRSIDE_MONGO_URI",
            default_factory=_default_uri,
            show_default=f"mongodb in {ENDPOINTS}, or 127.0.0.1:27017",
            help="The database; it is only read.",
        ),
    ],
    clinic: Annotated[list[str] | None, typer.Option(help="Only of this clinic; all when not given.")] = None,
    service: Annotated[str, typer.Option(help="Whose history.")] = "invoicing",
    database: Annotated[str | None, typer.Option(help="Its database; named as the service when not given.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, of UTC.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, of UTC.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a clinic and line.")] = False,
) -> None:
    """Verify revisions against their chain, the seals of their days, and the documents that they are of."""
    from pymongo.errors import PyMongoError

    from chassis.verification import EVER, JOURNALS

    if service not in JOURNALS:
        raise typer.BadParameter(f"one of {', '.join(JOURNALS)}", param_hint="--service")
    days = first.date() if first else EVER[0], last.date() if last else EVER[1]
    try:
        reports = asyncio.run(_verify(uri, service, database or service, clinic or [], days))
    except PyMongoError as error:
        fail(f"database: {type(error).__name__}", UNREACHABLE)
    (_print_json if as_json else _print)(reports)
    if any(report.findings for report in reports):
        raise typer.Exit(WRONG)


async def _verify(
    uri: str, service: str, database: str, clinics: Sequence[str], days: tuple[date, date]
) -> list["Report"]:
    # Here, because all that it stands on takes a second to import, and most commands do without.
    from chassis.mongo import Mongo
    from chassis.seals import Seals
    from chassis.verification import JOURNALS, Verifier

    mongo = Mongo(uri, database)
    verifier = Verifier(mongo, JOURNALS[service])
    try:
        return [await verifier.verify(one, *days) async for one in _each(clinics, Seals(mongo))]
    finally:
        await mongo.close()


async def _each(clinics: Sequence[str], seals: "Seals") -> AsyncIterator[str]:
    for clinic in clinics:
        yield clinic
    after: str | None = "" if not clinics else None
    while after is not None:
        after = await seals.clinic_after(after)
        if after is not None:
            yield after


def _print(reports: Sequence["Report"]) -> None:
    table = Table("clinic", "revisions", "documents", "seals", "sealed until", "not sealed yet", "broken")
    for one in reports:
        broken = f"{len(one.findings)}{' or more' if one.more else ''}"
        figures = one.revisions, one.documents, one.seals, one.sealed_until or "never", one.unsealed, broken
        table.add_row(one.clinic_id, *map(str, figures))
    out.print(table)
    for one in reports:
        for found in one.findings:
            out.print(f"{found.kind}: {found.subject} revision {found.version}", style="red", markup=False)


def _print_json(reports: Sequence["Report"]) -> None:
    for one in reports:
        typer.echo(json.dumps(asdict(one), default=str))
