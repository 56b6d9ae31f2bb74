"""What the routes work with."""

from collections.abc import Callable
from dataclasses import dataclass

from chassis.http.idempotency import Idempotency
from payments.adapters.stripe import StripeGateway
from payments.usecases.intake.ledger import Books


@dataclass(frozen=True)
class Desk:
    """`webhook_kept` and `statement_kept` wake whoever works them off."""

    books: Books
    gateway: StripeGateway
    idempotency: Idempotency
    webhook_kept: Callable[[], None]
    statement_kept: Callable[[], None]
