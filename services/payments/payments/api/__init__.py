"""HTTP in: mapped to commands and delegated, nothing else."""

from fastapi import APIRouter

from chassis.journal.views import verification
from payments.api.bank import bank
from payments.api.cards_on_file import cards
from payments.api.desk import Desk
from payments.api.payment_policy import settings
from payments.api.payments import payments
from payments.api.payouts import payouts
from payments.api.refunds import refunds
from payments.api.settlement import reports

__all__ = ["Desk", "router"]


def router(desk: Desk) -> APIRouter:
    """All routes of payments."""
    routes = APIRouter()
    for add in (payments, refunds, payouts, bank, cards, settings, reports):
        add(routes, desk)
    verification(routes, desk.ledger.store.verifier.verify)
    return routes
