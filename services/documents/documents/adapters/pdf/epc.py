"""The EPC QR code: a banking app reads the whole transfer from the paper (EPC069-12, version 002)."""

import re

import segno
from segno import DataOverflowError
from stdnum import iban as ibans
from stdnum import iso11649

from contracts.invoicing import BankAccount
from contracts.money import Money
from kernel.money import plain

LEAST_MINOR, MOST_MINOR = 1, 99_999_999_999
LONGEST_NAME = 70
LONGEST_TEXT = 140
LARGEST_PAYLOAD = 331
"""Bytes."""
LARGEST_VERSION = 13
"""Of the QR code."""
SCALE = 6
EEA = frozenset("AT BE BG HR CY CZ DK EE FI FR DE GR HU IS IE IT LV LI LT LU MT NL NO PL PT RO SK SI ES SE".split())  # noqa: SIM905
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def epc_qr(account: BankAccount, name: str, due: Money, reference: str) -> str | None:
    """A PNG as data URI; None where there is no such transfer."""
    content = payload(account, name, due, reference)
    if content is None:
        return None
    try:
        # The standard asks for error correction M, and no other.
        code = segno.make_qr(content, error="m", boost_error=False)
    except DataOverflowError:
        return None
    return code.png_data_uri(scale=SCALE, border=0) if int(code.version) <= LARGEST_VERSION else None


def payload(account: BankAccount, name: str, due: Money, reference: str) -> bytes | None:
    """What the code says, in UTF-8, a line a field; None for what cannot be a SEPA transfer in euros.

    `reference` is an ISO 11649 creditor reference, or else a text: the standard has one or the other. From 0.01 to
    999,999,999.99 EUR. Version 002 does without a BIC within the European Economic Area only. An account that is none
    is the clinic's to correct; its invoices are printed all the same.
    """
    payee, bic, iban = _plain(name)[:LONGEST_NAME].strip(), _plain(account.bic or ""), ibans.compact(account.iban or "")
    if due.currency != "EUR" or not LEAST_MINOR <= due.amount_minor <= MOST_MINOR or not payee:
        return None
    if not ibans.is_valid(iban) or (bic and not _BIC.fullmatch(bic)) or (not bic and iban[:2] not in EEA):
        return None
    structured = iso11649.compact(reference) if iso11649.is_valid(reference) else ""
    text = "" if structured else _plain(reference)[:LONGEST_TEXT].strip()
    amount = f"EUR{plain(due)}"
    fields = ["BCD", "002", "1", "SCT", bic, payee, iban, amount, "", structured, text]
    # Empty fields at the end are left out.
    content = "\n".join(fields).rstrip("\n").encode()
    return content if len(content) <= LARGEST_PAYLOAD else None


def _plain(text: str) -> str:
    """On one line: a line break would begin the next field."""
    return " ".join(text.split())
