"""chairside verify-revisions: whether anybody changed, removed, reordered or cut off what a service wrote down."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.journals import SERVICES, journal_of
from cli.terminal import UNREACHABLE, WRONG, MongoUri, fail, out

if TYPE_CHECKING:
    from chassis.journal.seals import Seals
    from chassis.journal.verifier import Report


def verify_revisions(
    uri: MongoUri,
    clinic: Annotated[list[str] | None, typer.Option(help="Only of this clinic; all when not given.")] = None,
    service: Annotated[list[str] | None, typer.Option(help="Whose history; all services' when not given.")] = None,
    database: Annotated[
        str | None, typer.Option(help="The database of the report service; named as the service when not given.")
    ] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, of UTC.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, of UTC.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a service and clinic, and line.")] = False,
) -> None:
    """Verify revisions against their chain, the seals of their days, and the documents that they are of."""
    import asyncio

    from pymongo.errors import PyMongoError

    from chassis.journal.verifier import EVER

    services = service or SERVICES
    if not set(services) <= set(SERVICES):
        raise typer.BadParameter(f"report of {', '.join(SERVICES)}", param_hint="--service")
    if database and len(services) > 1:
        raise typer.BadParameter("names the database of report service: say of which", param_hint="--service")
    days = first.date() if first else EVER[0], last.date() if last else EVER[1]
    try:
        reports = asyncio.run(_verify_all(uri, {name: database or name for name in services}, clinic or [], days))
    except PyMongoError as error:
        fail(f"database: {type(error).__name__}", UNREACHABLE)
    (_print_json if as_json else _print)(reports)
    if any(report.findings for _, report in reports):
        raise typer.Exit(WRONG)


async def _verify_all(
    uri: str, databases: Mapping[str, str], clinics: Sequence[str], days: tuple[date, date]
) -> list[tuple[str, "Report"]]:
    """By service."""
    return [
        (service, report)
        for service, database in databases.items()
        for report in await _verify(uri, service, database, clinics, days)
    ]


async def _verify(
    uri: str, service: str, database: str, clinics: Sequence[str], days: tuple[date, date]
) -> list["Report"]:
    # Here, because all that it stands on takes a second to import, and most commands do without.
    from chassis.database.mongo import Mongo
    from chassis.journal.seals import Seals
    from chassis.journal.verifier import Verifier

    mongo = Mongo(uri, database)
    verifier = Verifier(mongo, journal_of(service))
    try:
        return [await verifier.verify(clinic_id, *days) async for clinic_id in _each(clinics, Seals(mongo))]
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


def _print(reports: Sequence[tuple[str, "Report"]]) -> None:
    columns = ("service", "clinic", "revisions", "documents", "seals", "sealed until", "not sealed yet", "broken")
    out.table(columns, [_figures(service, report) for service, report in reports])
    for _, report in reports:
        for found in report.findings:
            out.say(f"{found.kind}: {found.subject} revision {found.version}", style="red")


def _figures(service: str, report: "Report") -> list[str]:
    broken = f"{len(report.findings)}{' or more' if report.more else ''}"
    figures = report.revisions, report.documents, report.seals, report.sealed_until or "never", report.unsealed, broken
    return [service, report.clinic_id, *map(str, figures)]


def _print_json(reports: Sequence[tuple[str, "Report"]]) -> None:
    for service, report in reports:
        out.tell_json({"service": service, **asdict(report)})
