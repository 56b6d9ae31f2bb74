"""What the routes work with."""

from collections.abc import Callable
from dataclasses import dataclass

from chassis.http.idempotency import Idempotency
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway, ReadStatement


@dataclass(frozen=True)
class Desk:
    """`webhook_kept` and `statement_kept` wake whoever works them off."""

    ledger: PaymentLedger
    gateway: Gateway
    read_statement: ReadStatement
    idempotency: Idempotency
    webhook_kept: Callable[[], None]
    statement_kept: Callable[[], None]
