"""The journals of the services that write one. The command line knows no more of a service than this."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chassis.journal.journal import Journal

SERVICES: Sequence[str] = ("invoicing", "payments", "cash-register", "documents")


def journal_of(service: str) -> "Journal":
    """Imported only when it is asked for. Raises KeyError for a service without a journal."""
    if service == "invoicing":
        from invoicing.journal import JOURNAL as INVOICING

        return INVOICING
    if service == "payments":
        from payments.journal import JOURNAL as PAYMENTS

        return PAYMENTS
    if service == "cash-register":
        from cash_register.journal import JOURNAL as CASH_REGISTER

        return CASH_REGISTER
    if service == "documents":
        from documents.journal import JOURNAL as DOCUMENTS

        return DOCUMENTS
    raise KeyError(service)
