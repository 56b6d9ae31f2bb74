"""Patients of a clinic by what somebody typed, with what is open on their accounts."""

from chassis.database.mongo import Document
from chassis.database.paging import PageRequest
from invoicing.domain.patients.search import search_of
from invoicing.domain.receivables.account import Account, AccountKey
from invoicing.store import Store


async def find_patients(
    store: Store, clinic_id: str, asked: str, request: PageRequest
) -> tuple[list[Document], dict[AccountKey, Account]]:
    """One patient more than the page holds, as stored, and the accounts of those who have one.

    What is in nobody's name may be the whole id of somebody. Raises BusinessError as `search_of`.
    """
    rows = await store.patients.page(clinic_id, search_of(asked), request)
    if not rows and request.cursor is None:
        one = await store.patients.find(clinic_id, asked.strip())
        rows = [] if one is None else [one]
    accounts = await store.accounts.of(None, [(row["clinic_id"], row["patient_id"]) for row in rows[: request.limit]])
    return rows, accounts
