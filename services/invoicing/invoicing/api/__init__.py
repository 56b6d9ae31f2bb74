"""HTTP in: maps to a use case, delegates, nothing else."""

from fastapi import APIRouter

from invoicing.api.accounts import accounts
from invoicing.api.clinics import clinics
from invoicing.api.closing import closing
from invoicing.api.desk import Desk
from invoicing.api.invoices import invoices
from invoicing.api.transitions import transitions

__all__ = ["Desk", "router"]


def router(desk: Desk) -> APIRouter:
    """All routes of invoicing."""
    routes = APIRouter()
    for add in (clinics, invoices, transitions, closing, accounts):
        add(routes, desk)
    return routes
