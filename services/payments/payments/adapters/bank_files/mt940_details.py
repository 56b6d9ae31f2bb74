"""Who paid, and what an MT940 entry names, in the dialects of German and Dutch banks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payments.adapters.bank_files.amounts import iban as plain_iban
from payments.adapters.bank_files.clues import named
from payments.adapters.bank_files.parties import plain_name
from payments.adapters.bank_files.returns import is_returned
from payments.domain.bank.accounts import account_key, iban_within

_CODE = re.compile(
    r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|CNTP|ORDP|BENM|CSID|MARF|PREF|RTRN|ULTD|ULTC|ULTB|PURP|ADDR|ISDT|SVCL|TRCD|PRID)"
    r"(?=/)"
)


# ABN AMRO's text begins with "SEPA", and has words before what it tells.
_ABN_IBAN = re.compile(r"SEPA\b.*?\bIBAN:\s*(\S+)", re.IGNORECASE | re.DOTALL)
_ABN_NAME = re.compile(
    r"SEPA\b.*?\bNAAM:\s*(.+?)(?=\s{2,}|\n|\s+(?:OMSCHRIJVING|BIC|IBAN|KENMERK|BETALINGSKENM|MACHTIGING|INCASSANT)\b|$)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Details:
    """What an entry says beside amount and dates."""

    name: str | None
    iban: str | None
    end_to_end_id: str | None
    text: str
    customer_reference: str | None
    returned: bool


def details_of(data: Mapping[str, Any]) -> Details:
    """Of an entry as the library reads it; `:86:` is in lines, in German subfields (`?20`), or in Dutch codes."""
    lines = str(data.get("transaction_details") or "")
    codes = _codes("".join(lines.splitlines()))
    texts = (data.get("purpose") or lines, data.get("additional_purpose"), data.get("extra_details"))
    counterparty = (codes.get("CNTP", "") + "///").split("/")
    names = (codes.get("NAME"), counterparty[2], data.get("applicant_name"), data.get("recipient_name"))
    abn_name = _ABN_NAME.match(lines)
    own = abn_name[1] if abn_name else _own_line(data)
    return Details(
        name=next((name for written in (*names, own) if (name := plain_name(written))), None),
        iban=_payer(data, codes, counterparty[0]),
        end_to_end_id=named(data.get("end_to_end_reference") or codes.get("EREF")),
        text=" ".join(" ".join(str(t) for t in texts if t).split()),
        customer_reference=named(data.get("customer_reference")),
        returned="RTRN" in codes or is_returned(str(data.get("id") or ""), str(data.get("transaction_code") or "")),
    )


def _codes(text: str) -> dict[str, str]:
    """The values of the Dutch codes; of one that comes twice the first."""
    found = list(_CODE.finditer(text))
    values: dict[str, str] = {}
    for place, code in enumerate(found, 1):
        end = found[place].start() if place < len(found) else len(text)
        values.setdefault(code[1], text[code.end() + 1 : end].strip("/ "))
    return values


def _payer(data: Mapping[str, Any], codes: Mapping[str, str], counterparty: str) -> str | None:
    """The account of who paid. German banks may have their bank code and number instead of an IBAN."""
    named_accounts = (data.get("applicant_iban"), data.get("gvc_applicant_iban"), codes.get("IBAN"), counterparty)
    for written in named_accounts:
        if found := plain_iban(written):
            return found
    bank_code, number = str(data.get("applicant_bin") or ""), str(data.get("applicant_iban") or "")
    if re.fullmatch(r"\d{8}", bank_code) and re.fullmatch(r"\d{1,10}", number):
        return account_key(f"{bank_code}/{number}")
    lines = str(data.get("transaction_details") or "")
    abn = _ABN_IBAN.match(lines)
    # ING and others begin the text with the payer's account; anywhere else it may be one that somebody wrote about.
    first = "" if data.get("purpose") else lines.split(maxsplit=1)[:1]
    free = (
        data.get("customer_reference"),
        data.get("extra_details"),
        data.get("applicant_name"),
        abn[1] if abn else "",
        *first,
    )
    return next((found for text in free if (found := iban_within(str(text or "").upper()))), None)


def _own_line(data: Mapping[str, Any]) -> str | None:
    """The second line of `:61:` is the payer's name where the first one has their account (ASN, SNS)."""
    if iban_within(str(data.get("customer_reference") or "").upper()) is None:
        return None
    return str(data.get("extra_details") or "")
