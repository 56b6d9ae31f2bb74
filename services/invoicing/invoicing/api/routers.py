"""All routes of invoicing.

Not in the package itself: a price file is read by the rules of a schema, and needs no routes for that.
"""

from fastapi import APIRouter

from chassis.journal.views import Verify, verification
from invoicing.api import (
    accounts,
    clinics,
    completeness,
    credit_notes,
    discount_policies,
    discounts,
    families,
    finalizing,
    instalments,
    insurance,
    insurers,
    invoices,
    lines,
    patients,
    price_list_files,
    price_lists,
    proposals,
    reports,
    revisions,
    write_offs,
)

PRICE_LIST_PATHS = (price_lists.PRICE_LIST, price_list_files.IMPORT)
"""Whose bodies may be larger than others."""
RESOURCES = (
    clinics,
    price_lists,
    price_list_files,
    discount_policies,
    families,
    patients,
    finalizing,
    invoices,
    lines,
    discounts,
    insurance,
    instalments,
    proposals,
    credit_notes,
    write_offs,
    accounts,
    reports,
    insurers,
    completeness,
    revisions,
)


def routers(verify: Verify) -> list[APIRouter]:
    """All routes of invoicing."""
    journal = APIRouter()
    verification(journal, verify)
    return [*(resource.routes for resource in RESOURCES), journal]
