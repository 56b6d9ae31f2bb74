"""The mail that carries an invoice: composed the same each time, so that a repetition can be recognised."""

import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol

import aiosmtplib

from contracts.invoicing import Invoice
from documents.adapters.labels import labels_of
from documents.settings import DocumentsSettings
from kernel.errors import BusinessError

TIMEOUT_S = 30.0
_NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class MailRefused(Exception):
    """The mail server will never take this mail (RFC 5321, 4.2.1: 5yz). `code` is stable and holds no address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MailUnavailable(Exception):
    """The mail server did not take the mail this time; it may later."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Mailer(Protocol):
    """Hands a mail to a mail server. Raises MailRefused and MailUnavailable."""

    async def send(self, mail: EmailMessage) -> None: ...


def recipient_of(invoice: Invoice) -> Address:
    """Raises BusinessError 422 when the invoice names no address that mail could be sent to."""
    email = (invoice.buyer.email or "").strip()
    if not email:
        raise BusinessError("recipient-missing", f"{invoice.invoice_id} names no e-mail address of the patient")
    try:
        address = Address(addr_spec=email)
    except (ValueError, IndexError, MessageError):
        address = Address()
    if not address.username or not address.domain or not email.isascii():
        raise BusinessError("recipient-invalid", f"the e-mail address on {invoice.invoice_id} is none")
    return address


def file_name(number: str) -> str:
    """An invoice number as the name of its file: "2026/17" is "2026-17.pdf"."""
    return f"{_NOT_IN_A_FILE_NAME.sub('-', number).strip('-.') or 'invoice'}.pdf"


def compose(sender: str, invoice: Invoice, pdf: bytes, delivery_id: str, requested_at: datetime) -> EmailMessage:
    """The patient's name and treatment are in the PDF only. Raises BusinessError as `recipient_of` does."""
    words = labels_of(invoice.buyer.locale)
    clinic = _CONTROL.sub(" ", invoice.seller.name if invoice.seller else "").strip()
    number = _CONTROL.sub(" ", invoice.number or "")
    origin = Address(addr_spec=sender)
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = f"<{delivery_id}@{origin.domain}>"
    mail["Date"] = format_datetime(requested_at)
    mail["From"] = Address(clinic, origin.username, origin.domain)
    mail["To"] = recipient_of(invoice)
    mail["Subject"] = words["mail_subject"].format(number=number, clinic=clinic)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(words["mail_body"].format(number=number, clinic=clinic))
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=file_name(number))
    return mail


class SmtpMailer:
    """One connection a mail."""

    def __init__(self, settings: DocumentsSettings) -> None:
        self._settings = settings

    async def send(self, mail: EmailMessage) -> None:
        settings = self._settings
        try:
            await aiosmtplib.send(
                mail,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username,
                password=settings.smtp_password,
                use_tls=settings.smtp_tls == "tls",
                start_tls=settings.smtp_tls == "starttls",
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _trouble(max((refused.code for refused in error.recipients), default=450)) from None
        except aiosmtplib.SMTPAuthenticationError as error:
            # Wrong credentials are ours to mend: the mail itself is not refused.
            raise MailUnavailable(f"smtp-{error.code}") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _trouble(error.code) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise MailUnavailable(f"smtp-{type(error).__name__}") from None


def _trouble(code: int) -> MailRefused | MailUnavailable:
    return MailRefused(f"smtp-{code}") if 500 <= code < 600 else MailUnavailable(f"smtp-{code}")
