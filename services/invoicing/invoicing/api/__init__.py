"""HTTP in: maps to a use case, delegates, nothing else."""

from fastapi import APIRouter

from chassis.journal.views import verification
from invoicing.api.accounts import accounts
from invoicing.api.clinics import clinics
from invoicing.api.closing import closing
from invoicing.api.completeness import completeness
from invoicing.api.desk import Desk
from invoicing.api.discounts import discounts
from invoicing.api.insurance import insurance
from invoicing.api.invoices import invoices
from invoicing.api.lines import lines
from invoicing.api.price_lists import PRICE_LIST_PATHS, price_lists
from invoicing.api.proposals import proposals
from invoicing.api.reports import reports
from invoicing.api.revisions import revisions
from invoicing.api.transitions import transitions

__all__ = ["PRICE_LIST_PATHS", "Desk", "router"]


def router(desk: Desk) -> APIRouter:
    """All routes of invoicing."""
    routes = APIRouter()
    for add in (
        clinics, price_lists, invoices, lines, transitions, closing, proposals, accounts, insurance, revisions,
        completeness, reports, discounts,
    ):  # fmt: skip
        add(routes, desk)
    verification(routes, desk.store.verifier.verify)
    return routes
