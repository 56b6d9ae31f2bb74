"""Each movement of a settlement as one booking: so what is booked is what the settlement says, to the cent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from kernel.money import Money
from payments.domain.accounting.accounts import AccountName, account_of
from payments.domain.intake.payment_policy import Calendar
from payments.domain.settlement.movements import Movement


@dataclass(frozen=True, slots=True)
class Booking:
    """`debit` to `credit`; `amount` is more than nothing. `on` is the day by the clinic's calendar."""

    on: date
    debit: AccountName
    credit: AccountName
    amount: Money
    movement: Movement

    @property
    def document(self) -> str:
        """What the booking is of: the receipt of a payment, or the payment itself."""
        return self.movement.receipt_number or self.movement.payment_id


def bookings(moved: Iterable[Movement], calendar: Calendar) -> Iterator[Booking]:
    """In the order of the movements; one of nothing is no booking.

    Money that comes is a debit of where it is and a credit of what patients owe, money that goes the other way round.
    A fee is a cost, and taken off what Stripe pays out. What was rounded off in cash is a cost, what
    was rounded up a gain.
    """
    for movement in moved:
        amount, on = movement.amount, calendar.local_date(movement.at)
        money, other = _accounts(movement)
        if amount.amount_minor > 0:
            yield Booking(on, money, other, amount, movement)
        elif amount.amount_minor < 0:
            yield Booking(on, other, money, -amount, movement)


def _accounts(movement: Movement) -> tuple[AccountName, AccountName]:
    """The account that the movement adds to, and the one that it comes from."""
    if movement.kind == "rounded":
        return "cash_rounding", "patients"
    return account_of(movement.method), "payment_fees" if movement.kind == "fee" else "patients"
