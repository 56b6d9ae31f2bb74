"""HTTP in: mapped to commands and delegated, nothing else."""

from fastapi import APIRouter

from payments.api.bank import bank
from payments.api.desk import Desk
from payments.api.payments import payments

__all__ = ["Desk", "router"]


def router(desk: Desk) -> APIRouter:
    """All routes of payments."""
    routes = APIRouter()
    for add in (payments, bank):
        add(routes, desk)
    return routes
