"""Which transfer is a payout of Stripe's: money that is booked already, payment by payment."""

from collections.abc import Iterable
from datetime import timedelta

from kernel.money import Money
from payments.domain.bank.transaction import Transaction
from payments.domain.payouts.payout import Payout

EARLY, LATE = timedelta(days=2), timedelta(days=5)
"""Banks book before or after the day that Stripe expects; weekends and holidays are in between."""
DESCRIPTOR = "STRIPE"
GONE = ("failed", "canceled")
"""Payouts that no bank books, or that it sends back."""


def may_be_payout(transfer: Transaction) -> bool:
    """Whether Stripe is named, in the text or as who sent it."""
    told = f"{transfer.text} {transfer.counterparty_name or ''} {transfer.end_to_end_id or ''}"
    return transfer.credit and not transfer.reversal and DESCRIPTOR in told.upper()


def sum_key(amount: Money) -> str:
    """What a payout and the transfer that it may be have in common, as one word."""
    return f"payout-{amount.amount_minor}-{amount.currency}"


def payout_of(transfer: Transaction, payouts: Iterable[Payout]) -> Payout | None:
    """The one payout of exactly this sum that arrived about then; None when there is none, or more than one."""
    if not may_be_payout(transfer):
        return None
    found = [
        payout
        for payout in payouts
        if payout.amount == transfer.amount
        and payout.status not in GONE
        and payout.arrives_on - EARLY <= transfer.booked_on <= payout.arrives_on + LATE
    ]
    named = [payout for payout in found if payout.payout_id in transfer.text]
    sure = named or found
    return sure[0] if len(sure) == 1 else None
