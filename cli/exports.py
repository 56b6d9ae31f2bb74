"""chairside export: the books as a file, asked of the service that keeps them."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote
from zipfile import BadZipFile, ZipFile

import typer

from cli.terminal import ENDPOINTS, UNREACHABLE, command_group, endpoint, fail, out

if TYPE_CHECKING:
    import httpx2

WAIT_S = 60.0
"""For the next piece of the file."""
app = command_group("The books as a file.")


@app.callback()
def exports() -> None:
    """So that the command below has its name: more of them will follow."""


@app.command("dsfinv-k")
def dsfinvk(
    clinic: Annotated[str, typer.Argument(help="The clinic whose registers they are.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, of the clinic.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, at most a year later.")],
    file: Annotated[Path | None, typer.Option("--out", help="dsfinv-k-FROM-TO.zip when not given.")] = None,
    register: Annotated[str | None, typer.Option(help="Only of this register.")] = None,
    url: Annotated[
        str | None,
        typer.Option(envvar="CHAIRSIDE_CASH_REGISTER_URL", show_default=f"cash-register in {ENDPOINTS}"),
    ] = None,
) -> None:
    """Save the closings of these days as a tax inspector reads them. The token is in CHAIRSIDE_TOKEN."""
    url = url or endpoint("services", "cash-register")
    if url is None:
        fail(f"which cash-register? Give --url, or start one: {ENDPOINTS} is not there")
    days = {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"}
    target = file or Path(f"dsfinv-k-{days['from']}-{days['to']}.zip")
    place = f"{url.rstrip('/')}/clinics/{quote(clinic, safe='')}/exports/dsfinv-k"
    tables = _save(place, days | ({"register_id": register} if register else {}), target)
    out.say(f"{target}: {tables} tables, {target.stat().st_size} bytes")


def _save(place: str, params: dict[str, str], target: Path) -> int:
    """How many tables there are. What did not arrive whole does not get the name."""
    import httpx2

    part = target.with_name(f"{target.name}.part")
    token = os.environ.get("CHAIRSIDE_TOKEN") or endpoint("tokens", "auditor") or ""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx2.stream("GET", place, params=params, headers=headers, timeout=WAIT_S) as answer:
            if answer.status_code != httpx2.codes.OK:
                fail(_refusal(answer))
            with part.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)
        with ZipFile(part) as archive:
            tables = sum(name.endswith(".csv") for name in archive.namelist())
        part.replace(target)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        fail(f"cash-register: {type(error).__name__}", UNREACHABLE)
    except BadZipFile:
        fail("cash-register sent what is no whole zip")
    except OSError as error:
        fail(f"{target}: {error.strerror}")
    finally:
        part.unlink(missing_ok=True)
    return tables


def _refusal(answer: "httpx2.Response") -> str:
    answer.read()
    try:
        problem = answer.json()
        return f"refused: {problem['code']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"refused: {answer.status_code}"
