"""Register days: the PDF of the report of a day that was closed."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from documents.api.dependencies import Deps
from documents.api.documents import pdf_answer, pdf_responses
from documents.api.files import IfNoneMatch
from documents.usecases.documents.register_day_source import day_snapshot

routes = APIRouter(tags=["documents"])


@routes.get(
    "/register-days/{day_id}.pdf",
    response_class=Response,
    summary="Get the report of a register's day",
    dependencies=[LONG],
    responses=pdf_responses({}),
)
async def get_register_day_pdf(
    day_id: Annotated[
        str, Path(max_length=128, pattern=r"^[\x21-\x7e]+$", description="the day, as cash-register names it")
    ],
    caller: Reader,
    deps: Deps,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The Z report of a day that was closed, made anew when a second person approves its difference."""
    day = await deps.day(day_id, caller)
    return pdf_answer(await deps.document(await day_snapshot(deps.store, day)), if_none_match)
