"""Mail over SMTP (RFC 5321): handed to the mail server that the settings name."""

import asyncio
from email.message import EmailMessage

import aiosmtplib

from documents.domain.deliveries.addresses import without_addresses
from documents.domain.deliveries.mail import Mail
from documents.settings import DocumentsSettings
from documents.usecases.ports import MailFailed, MailTaken

ANSWER_WITHIN_S = 30.0
OK = 250


class SmtpMailer:
    """One connection a mail, for `mail_timeout_s` altogether: a server may answer each command, and never be done."""

    def __init__(self, settings: DocumentsSettings) -> None:
        self._settings = settings

    async def send(self, mail: Mail) -> MailTaken:
        """Raises MailFailed."""
        # A large file takes its time to be encoded, in which the service has to answer.
        message = await asyncio.to_thread(_composed, self._settings.mail_from, mail)
        try:
            async with asyncio.timeout(self._settings.mail_timeout_s):
                answer = await self._hand_over(message, mail)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = max(error.recipients, key=lambda one: one.code, default=None)
            raise _trouble(refused.code if refused else 450, refused.message if refused else "", mail) from None
        except aiosmtplib.SMTPAuthenticationError as error:
            # Wrong credentials are ours to mend: the mail itself is not refused.
            raise MailFailed(f"smtp-{error.code}", code=error.code) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _trouble(error.code, error.message, mail) from None
        except aiosmtplib.SMTPNotSupported:
            if mail.recipient.isascii():
                raise MailFailed("smtp-SMTPNotSupported") from None
            raise MailFailed("smtp-utf8-unsupported", final=True) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise MailFailed(f"smtp-{type(error).__name__}") from None
        return MailTaken(OK, without_addresses(answer, mail.recipient))

    async def _hand_over(self, message: EmailMessage, mail: Mail) -> str:
        settings = self._settings
        _, answer = await aiosmtplib.send(
            message,
            sender=self._envelope_sender(mail.delivery_id),
            recipients=[mail.recipient],
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=settings.smtp_password,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
            timeout=min(ANSWER_WITHIN_S, settings.mail_timeout_s),
        )
        return answer

    def _envelope_sender(self, delivery_id: str) -> str:
        """What came back is found by the address that it came back to, whatever else a mail system left of it."""
        mailbox, _, domain = (self._settings.bounces_to or "").rpartition("@")
        return f"{mailbox}+{delivery_id}@{domain}" if domain else self._settings.mail_from


def _composed(sender: str, mail: Mail) -> EmailMessage:
    """Babel is loaded with the first mail, not with the service."""
    from documents.adapters.mail.message import compose

    return compose(sender, mail)


def _trouble(code: int, answer: str, mail: Mail) -> MailFailed:
    return MailFailed(
        f"smtp-{code}", final=500 <= code < 600, code=code, answer=without_addresses(answer, mail.recipient)
    )
