"""What is no answer of Stripe's."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import stripe
import structlog

from payments.usecases.ports import GatewayUnavailable

T = TypeVar("T")
log = structlog.get_logger(__name__)


@contextmanager
def translated_errors() -> Iterator[None]:
    """What is not an answer (no connection, 429, 500, a wrong key of ours) may be asked again."""
    try:
        yield
    except stripe.StripeError as error:
        log.warning("stripe-unavailable", error=type(error).__name__, status=error.http_status, code=error.code)
        raise GatewayUnavailable(type(error).__name__) from error


async def unless_missing(asked: Awaitable[T]) -> T | None:
    """None where Stripe has no such thing. Raises stripe.StripeError."""
    try:
        return await asked
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise
