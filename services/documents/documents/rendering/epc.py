"""The EPC QR code: a banking app reads the whole transfer from the paper."""

from decimal import Decimal

from segno import DataOverflowError
from segno.helpers import make_epc_qr

from contracts.invoicing import BankAccount
from contracts.money import Money, plain

LEAST_MINOR, MOST_MINOR = 1, 99_999_999_999
LONGEST_NAME = 70
SCALE = 6


def epc_qr(account: BankAccount, name: str, due: Money, reference: str) -> str | None:
    """A PNG as data URI (EPC069-12, version 002, structured reference); None where there is no such transfer.

    It is for euros, from 0.01 to 999,999,999.99. `reference` is an ISO 11649 creditor reference.
    """
    if account.iban is None or due.currency != "EUR" or not LEAST_MINOR <= due.amount_minor <= MOST_MINOR:
        return None
    try:
        code = make_epc_qr(
            name=name[:LONGEST_NAME],
            iban=account.iban.replace(" ", ""),
            amount=Decimal(plain(due)),
            reference=reference,
            bic=account.bic,
            encoding="utf-8",
        )
    except (ValueError, DataOverflowError):
        # A BIC or an IBAN that is none is the clinic's to correct; its invoices are printed all the same.
        return None
    return code.png_data_uri(scale=SCALE, border=0)
