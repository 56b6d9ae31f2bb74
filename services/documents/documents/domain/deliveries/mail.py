"""The mail that carries an invoice: what is in it, and whom it may go to."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address

from kernel.errors import BusinessError

_NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class InvoiceMail:
    """Of a delivery, the same each time, so that a repetition can be recognised.

    The patient's name and treatment are in the PDF only. `clinic` and `number` are text as the invoice has it.
    """

    delivery_id: str
    recipient: str
    clinic: str
    number: str
    locale: str | None
    pdf: bytes
    requested_at: datetime


def recipient_of(invoice_id: str, email: str | None, ascii_domain: Callable[[str], str]) -> str:
    """The address, with its domain as the DNS has it. What is before the `@` has to be ASCII: few servers take more.

    `ascii_domain` raises ValueError for a name that there cannot be. Raises BusinessError 422 when the invoice names no
    address that mail could be sent to.
    """
    given = (email or "").strip()
    if not given:
        raise BusinessError("recipient-missing", f"{invoice_id} names no e-mail address of the patient")
    mailbox, at, domain = given.rpartition("@")
    try:
        address = Address(addr_spec=f"{mailbox}{at}{ascii_domain(domain)}")
    except (ValueError, IndexError, MessageError):
        address = Address()
    if not address.username or not address.domain or not mailbox.isascii():
        raise BusinessError("recipient-invalid", f"the e-mail address on {invoice_id} is none")
    return address.addr_spec


def destination_of(address: str) -> str:
    """Equal for all addresses of one mail domain, and not to be read: a domain may be a person's own."""
    domain = address.rpartition("@")[2].lower()
    return hashlib.sha256(domain.encode()).hexdigest()[:16]


def file_name(number: str, ending: str = "pdf") -> str:
    """An invoice number as the name of its file: "2026/17" is "2026-17.pdf"."""
    return f"{_NOT_IN_A_FILE_NAME.sub('-', number).strip('-.') or 'invoice'}.{ending}"
