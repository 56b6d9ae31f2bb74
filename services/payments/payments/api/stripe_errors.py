"""Stripe may not answer: every route that asks it says so in the same way."""

from fastapi import FastAPI, Request, Response

from chassis.http.problems import HttpProblem, answer
from chassis.http.refusals import trace_id_of
from payments.usecases.ports import GatewayUnavailable

DETAIL = "Stripe does not answer now; nothing is charged twice when the same request is sent again"
UNAVAILABLE = HttpProblem(503, "stripe-unavailable", DETAIL, headers={"Retry-After": "5"})


def install(app: FastAPI) -> None:
    """Where Stripe does not answer, the caller is to send the same request again: 503 with `Retry-After`."""
    app.add_exception_handler(GatewayUnavailable, _unavailable)


async def _unavailable(request: Request, _: Exception) -> Response:
    return answer(UNAVAILABLE, trace_id_of(request))
