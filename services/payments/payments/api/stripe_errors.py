"""Stripe may not answer now."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.http.problems import HttpProblem
from payments.usecases.ports import GatewayUnavailable


@contextmanager
def asking_stripe() -> Iterator[None]:
    """Raises HttpProblem 503 where Stripe did not answer."""
    try:
        yield
    except GatewayUnavailable:
        detail = "Stripe does not answer now; nothing is charged twice when the same request is sent again"
        raise HttpProblem(503, "stripe-unavailable", detail, headers={"Retry-After": "5"}) from None
