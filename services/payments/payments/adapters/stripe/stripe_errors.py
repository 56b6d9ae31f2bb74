"""What is no answer of Stripe's."""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe
import structlog

from payments.usecases.ports import GatewayUnavailable

log = structlog.get_logger(__name__)


@contextmanager
def translated_errors() -> Iterator[None]:
    """What is not an answer (no connection, 429, 500, a wrong key of ours) may be asked again."""
    try:
        yield
    except stripe.StripeError as error:
        log.warning("stripe-unavailable", error=type(error).__name__, status=error.http_status, code=error.code)
        raise GatewayUnavailable(type(error).__name__) from error
