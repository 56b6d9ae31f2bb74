"""What a change of a payment does to the money that is ours: each movement is booked once, when it was written down.

They are read off the revisions, and not off the payments as they are now: so the report of a day that is over never
changes again, whatever becomes of its payments later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kernel.actor import Actor
from kernel.money import Money
from payments.domain.intake.payment import Method, Payment

MovementKind = Literal["received", "refunded", "returned", "disputed", "won", "reversed", "rounded", "fee"]
"""`returned`: a refund that could not be delivered came back; `won`: so did what a dispute had taken.

`rounded`: what counts and was not paid in cash, since there are no smaller coins; less than nothing for what was paid
beyond it. What is `received` and `refunded` in cash is what went into the drawer and out of it.
"""
MOVES: tuple[MovementKind, ...] = ("received", "refunded", "returned", "disputed", "won", "reversed", "rounded")
"""What changes how much of a payment counts; a fee does not."""


@dataclass(frozen=True, slots=True)
class Movement:
    """`amount` is what it adds to the money that is ours, less than nothing for what it takes. `by` caused it."""

    kind: MovementKind
    amount: Money
    payment_id: str
    method: Method
    at: datetime
    by: Actor
    intent_id: str | None = None
    receipt_number: str | None = None
    register_id: str | None = None


def movements(before: Payment | None, after: Payment) -> Iterator[Movement]:
    """Between one version of a payment and the next; None before the first."""
    if after.settled_at is not None and (before is None or before.settled_at is None):
        by = after.taken_by or after.changed_by
        yield _movement("received", after.cash, after, by, after.receipt_number, after.register_id)
        if after.rounding is not None:
            yield _movement("rounded", -after.rounding, after, by, after.receipt_number)
    yield from _refunds(before, after)
    yield from _disputes(before, after)
    if after.status == "reversed" and before is not None and before.status != "reversed":
        yield _movement("reversed", -before.settled, after, after.changed_by)
    if after.fee is not None and (before is None or before.fee is None):
        yield _movement("fee", -after.fee, after, after.changed_by)


def _refunds(before: Payment | None, after: Payment) -> Iterator[Movement]:
    gone = {r.refund_id for r in (before.refunds if before else ()) if r.status == "settled"}
    for refund in after.refunds:
        if refund.status == "settled" and refund.refund_id not in gone:
            number = refund.receipt_number
            yield _movement("refunded", -refund.cash, after, refund.refunded_by, number, refund.register_id)
            if refund.rounding is not None:
                yield _movement("rounded", refund.rounding, after, refund.refunded_by, number)
        elif refund.status != "settled" and refund.refund_id in gone:
            yield _movement("returned", refund.amount, after, after.changed_by)


def _disputes(before: Payment | None, after: Payment) -> Iterator[Movement]:
    taken = {d.dispute_id for d in (before.disputes if before else ()) if d.counts}
    for dispute in after.disputes:
        if dispute.counts and dispute.dispute_id not in taken:
            yield _movement("disputed", -dispute.share_of(after.amount), after, after.changed_by)
        elif not dispute.counts and dispute.dispute_id in taken:
            yield _movement("won", dispute.share_of(after.amount), after, after.changed_by)


def _movement(
    kind: MovementKind,
    amount: Money,
    after: Payment,
    by: Actor,
    receipt_number: str | None = None,
    register_id: str | None = None,
) -> Movement:
    return Movement(
        kind,
        amount,
        after.payment_id,
        after.method,
        after.changed_at,
        by,
        after.card_payment_intent_id,
        receipt_number,
        register_id,
    )
