"""HTTP in: maps to a use case, delegates, nothing else."""

from fastapi import APIRouter

from invoicing.api.accounts import accounts
from invoicing.api.clinics import clinics
from invoicing.api.closing import closing
from invoicing.api.completeness import completeness
from invoicing.api.desk import Desk
from invoicing.api.discounts import discounts
from invoicing.api.insurance import insurance
from invoicing.api.invoices import invoices
from invoicing.api.lines import lines
from invoicing.api.reports import reports
from invoicing.api.revisions import revisions
from invoicing.api.transitions import transitions
from invoicing.api.verification import verification

__all__ = ["Desk", "router"]


def router(desk: Desk) -> APIRouter:
    """All routes of invoicing."""
    routes = APIRouter()
    for add in (
        clinics, invoices, lines, transitions, closing, accounts, insurance, revisions, verification, completeness,
        reports, discounts,
    ):  # fmt: skip
        add(routes, desk)
    return routes
