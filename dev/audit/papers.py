"""Documents as patients get them: PDFs, and mails that carry one."""

import re
from email.message import EmailMessage
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PdfReadError

from contracts.money import exponent
from dev.calls import Caller
from kernel.money import Money

# Documents hears of an invoice over a topic, and renders it in the background.
NOT_THERE_YET = ("not-found", "invoice-not-finalized", "not-rendered-yet")
_GROUP_SEPARATOR = r"[.,'\u2019\s]?"


def invoice_pdf(caller: Caller, invoice_id: str) -> bytes:
    """Waits until it is rendered. Raises Refused, and NeverHappened."""
    return caller.get_bytes("documents", f"/invoices/{invoice_id}.pdf", until_not=NOT_THERE_YET)


def faults_of_pdf(content: bytes, number: str, gross: Money) -> list[str]:
    """What keeps it from being this invoice for a reader: its number and its gross total must be in the text."""
    try:
        text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    except (PdfReadError, ValueError, KeyError) as error:
        return [f"{number}: not a PDF that can be read: {type(error).__name__}"]
    faults = [] if number in text else [f"{number}: the number is not in the PDF"]
    return faults if _written(gross).search(text) else [*faults, f"{number}: the gross total is not in the PDF"]


def _written(amount: Money) -> re.Pattern[str]:
    """The amount in any language's way: 1234.50, 1.234,50, 1 234,50, 1'234.50."""
    places = exponent(amount.currency)
    digits = str(amount.amount_minor).rjust(places + 1, "0")
    whole, decimals = digits[: len(digits) - places], digits[len(digits) - places :]
    head = len(whole) % 3 or 3
    groups = [whole[:head], *(whole[at : at + 3] for at in range(head, len(whole), 3))]
    return re.compile(r"(?<!\d)" + _GROUP_SEPARATOR.join(groups) + (rf"[.,]{decimals}" if places else "") + r"(?!\d)")


def attached_pdf(mail: EmailMessage) -> bytes | None:
    """The PDF that the mail carries."""
    for part in mail.iter_attachments():
        if part.get_content_type() == "application/pdf":
            content: bytes = part.get_content()
            return content
    return None
