"""HTTP in: mapped to commands and delegated, nothing else."""

from fastapi import APIRouter

from chassis.journal.views import Verify, verification
from payments.api import (
    bank_statements,
    bank_transactions,
    card_payments,
    cards_on_file,
    exports,
    journal,
    payment_policy,
    payments,
    payouts,
    refunds,
    registers,
    settlement,
    stripe_webhook,
)

RESOURCES = (
    payments,
    card_payments,
    refunds,
    payouts,
    bank_statements,
    bank_transactions,
    cards_on_file,
    exports,
    journal,
    payment_policy,
    settlement,
    registers,
    stripe_webhook,
)

OPEN_TO_ALL = (stripe_webhook.WEBHOOK,)
"""Whose callers have no token: Stripe signs what it sends."""


def routers(verify: Verify) -> list[APIRouter]:
    """All routes of payments."""
    history = APIRouter()
    verification(history, verify)
    return [*(resource.routes for resource in RESOURCES), history]
