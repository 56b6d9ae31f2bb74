"""Mail over SMTP (RFC 5321): composed the same each time, and handed to the mail server that the settings name."""

import asyncio
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from documents.domain.deliveries.mail import InvoiceMail, file_name
from documents.settings import DocumentsSettings
from documents.usecases.ports import MailFailed

ANSWER_WITHIN_S = 30.0
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def compose(sender: str, mail: InvoiceMail) -> EmailMessage:
    """In the words of the reader's language, from the clinic at the sender's address.

    They are read by Babel, which is loaded with the first mail.
    """
    from documents.adapters.labels import labels_of

    words = labels_of(mail.locale)
    clinic, number = _CONTROL.sub(" ", mail.clinic).strip(), _CONTROL.sub(" ", mail.number)
    origin = Address(addr_spec=sender)
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{mail.delivery_id}@{origin.domain}>"
    message["Date"] = format_datetime(mail.requested_at)
    message["From"] = Address(clinic, origin.username, origin.domain)
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = words["mail_subject"].format(number=number, clinic=clinic)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words["mail_body"].format(number=number, clinic=clinic))
    message.add_attachment(mail.pdf, maintype="application", subtype="pdf", filename=file_name(number))
    return message


class SmtpMailer:
    """One connection a mail, for `mail_timeout_s` altogether: a server may answer each command, and never be done."""

    def __init__(self, settings: DocumentsSettings) -> None:
        self._settings = settings

    async def send(self, mail: InvoiceMail) -> None:
        """Raises MailFailed."""
        # A large file takes its time to be encoded, in which the service has to answer.
        message = await asyncio.to_thread(compose, self._settings.mail_from, mail)
        try:
            async with asyncio.timeout(self._settings.mail_timeout_s):
                await self._hand_over(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _trouble(max((refused.code for refused in error.recipients), default=450)) from None
        except aiosmtplib.SMTPAuthenticationError as error:
            # Wrong credentials are ours to mend: the mail itself is not refused.
            raise MailFailed(f"smtp-{error.code}") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _trouble(error.code) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise MailFailed(f"smtp-{type(error).__name__}") from None

    async def _hand_over(self, message: EmailMessage) -> None:
        settings = self._settings
        await aiosmtplib.send(
            message,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=settings.smtp_password,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
            timeout=min(ANSWER_WITHIN_S, settings.mail_timeout_s),
        )


def _trouble(code: int) -> MailFailed:
    return MailFailed(f"smtp-{code}", final=500 <= code < 600)
