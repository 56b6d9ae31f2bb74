"""Who paid, as banks write them: names and account numbers often stand in one field."""

import re

from payments.adapters.bank_files.clues import named
from payments.domain.bank.accounts import iban_within

_ACCOUNT = re.compile(
    r"\b(?:[A-Z]{2}\d{2}(?: ?[A-Z]{4})?(?: ?\d{1,4}){2,}|[A-Z]{2}\d{2}[A-Z0-9]{11,30}|\d{6,})(?![A-Z0-9])"
)


def plain_name(written: str | None) -> str | None:
    """The name without account numbers; None where nothing else is there, or only that there is none."""
    text = written or ""
    found = iban_within(text)
    if found:
        text = text.replace(found, " ")
    return named(" ".join(_ACCOUNT.sub(" ", text).strip(" /,;").split())) or None
