"""chairside publish FILE: sessions as the clinical system says them."""

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import Bootstrap


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
) -> None:
    """Publish session events from FILE to clinical.sessions.

    Each line is a session, or {"type": "clinical.session-voided.v1", "data": {…}}; or the file is a FHIR R4 Bundle or a
    list of dental Procedure resources. Bad entries are told and left out, and the exit code is 1 then. To publish a
    file again changes nothing: the ids stay the same.
    """
    # Here, because the contracts take as long to load as all else that a command needs.
    from cli.publishing import publish_file
    from cli.session_files import Options

    publish_file(file, Options(clinic, fhir_version), bootstrap, rate, strict=strict)
