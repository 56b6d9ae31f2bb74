"""chairside publish FILE: sessions as the clinical system says them."""

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import ENDPOINTS, Bootstrap


def _zone(name: str | None) -> str | None:
    from pydantic import TypeAdapter, ValidationError

    from contracts.values import TimeZone

    try:
        return name and TypeAdapter(TimeZone).validate_python(name)
    except ValidationError:
        raise typer.BadParameter("is not a time zone of the IANA database, like Europe/Berlin") from None


def publish(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Sessions, or FHIR, as JSON or JSON lines.")
    ],
    bootstrap: Bootstrap,
    clinic: Annotated[str | None, typer.Option(help="For sessions that name no clinic; FHIR never does.")] = None,
    rate: Annotated[float, typer.Option(min=0, help="At most so many sessions a second; 0 is no limit.")] = 0,
    strict: Annotated[bool, typer.Option("--strict", help="Publish nothing when anything is bad.")] = False,
    fhir_version: Annotated[
        int, typer.Option(min=1, help="Version of the sessions made of FHIR; above 1 they are corrections.")
    ] = 1,
    time_zone: Annotated[
        str | None,
        typer.Option(callback=_zone, help="The clinic's, for days out of FHIR; when not given, as in its profile."),
    ] = None,
    invoicing: Annotated[
        str | None,
        typer.Option(
            envvar="CHAIRSIDE_INVOICING_URL",
            metavar="URL",
            show_default=f"invoicing in {ENDPOINTS}",
            help="Where the profile is asked for, with the token in CHAIRSIDE_TOKEN.",
        ),
    ] = None,
) -> None:
    """Publish session events from FILE to clinical.sessions.

    Each line is a session, or {"type": "clinical.session-voided.v1", "data": {…}}; or the file is a FHIR R4 Bundle or a
    list of dental Procedure resources. Bad entries are told and left out, and the exit code is 1 then. To publish a
    file again changes nothing: the ids stay the same.
    """
    # Here, because the contracts take as long to load as all else that a command needs.
    from cli.profiles import zone_in_profile
    from cli.publishing import publish_file
    from cli.session_files import Options

    options = Options(clinic, fhir_version, time_zone, lambda clinic_id: zone_in_profile(invoicing, clinic_id))
    publish_file(file, options, bootstrap, rate, strict=strict)
