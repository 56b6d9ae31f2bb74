"""A mail as a message of RFC 5322: text, HTML and the documents, composed the same each time."""

import hashlib
import re
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from html import escape

from documents.adapters.mail.words import Words, words_of
from documents.domain.deliveries.mail import Mail

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def compose(sender: str, mail: Mail) -> EmailMessage:
    """In the words of the reader's language, from the clinic at the sender's address."""
    words, origin = words_of(mail), Address(addr_spec=sender)
    # An address of RFC 6531 is written as it is; for any other, names are written as every server reads them.
    message = EmailMessage(policy=SMTP if mail.recipient.isascii() else SMTPUTF8)
    clinic = _line(mail.clinic)
    message["Message-ID"] = f"<{mail.delivery_id}@{origin.domain}>"
    message["Date"] = format_datetime(mail.requested_at)
    message["From"] = Address(clinic, origin.username, origin.domain)
    message["To"] = mail.recipient if not mail.recipient.isascii() else Address(addr_spec=mail.recipient)
    message["Subject"] = _line(words.subject)
    message["Auto-Submitted"] = "auto-generated"
    if mail.reply_to:
        answers = Address(addr_spec=mail.reply_to)
        message["Reply-To"] = Address(clinic, answers.username, answers.domain)
        if mail.occasion == "issued":
            # RFC 2369, 3.2: who would rather not have every document mailed says so to the clinic.
            message["List-Unsubscribe"] = f"<mailto:{mail.reply_to}?subject=unsubscribe>"
    message.set_content(_text(words))
    message.add_alternative(_html(words), subtype="html")
    for each in mail.attached:
        if each.link is None:
            message.add_attachment(each.content, maintype="application", subtype="pdf", filename=each.name)
    # What begins with Content- is the text's own until the message has parts.
    message["Content-Language"] = words.language
    _bound(message, mail.delivery_id)
    return message


def _line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _text(words: Words) -> str:
    return "\n".join(_paragraphs(words))


def _paragraphs(words: Words) -> Iterator[str]:
    yield f"{_line(words.greeting)}\n"
    yield words.opening
    for name, link in words.documents:
        yield f"- {_line(name)}" if link is None else f"- {_line(name)}\n  {link}"
    if words.request:
        yield f"\n{words.request}"
    if words.facts:
        yield ""
        yield from (f"{name}: {_line(value)}" for name, value in words.facts)
    yield f"\n{words.closing}\n{_line(words.clinic)}"
    if words.small_print:
        yield f"\n-- \n{words.small_print}"


def _html(words: Words) -> str:
    """Without anything that a reader's mail program would have to fetch."""
    documents = "".join(f"<li>{_document(_line(name), link)}</li>" for name, link in words.documents)
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0;color:#555">{escape(name)}</td><td><bdi>{escape(_line(value))}</bdi>'
        "</td></tr>"
        for name, value in words.facts
    )
    parts = (
        f"<p>{escape(_line(words.greeting))}</p>",
        f"<p>{escape(words.opening)}</p><ul>{documents}</ul>",
        f"<p>{escape(words.request)}</p>" if words.request else "",
        f'<table role="presentation" style="border-collapse:collapse">{rows}</table>' if rows else "",
        f"<p>{escape(words.closing)}<br>{escape(_line(words.clinic))}</p>",
        f'<p style="color:#777;font-size:12px">{escape(words.small_print)}</p>' if words.small_print else "",
    )
    head = f'<head><meta charset="utf-8"><title>{escape(_line(words.subject))}</title></head>'
    body = f'<body style="font-family:sans-serif;font-size:15px;color:#222">{"".join(parts)}</body>'
    return f'<!DOCTYPE html><html lang="{escape(words.language)}" dir="{words.direction}">{head}{body}</html>\n'


def _document(name: str, link: str | None) -> str:
    shown = f"<bdi>{escape(name)}</bdi>"
    return shown if link is None else f'<a href="{escape(link)}">{shown}</a>'


def _bound(message: MIMEPart, seed: str) -> None:
    """Boundaries of its own, so that a repetition is the same mail to the byte."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"={hashlib.sha256(f'{seed}/{number}'.encode()).hexdigest()[:32]}=")
