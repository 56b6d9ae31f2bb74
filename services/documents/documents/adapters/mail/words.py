"""What a mail says, in the reader's language. It loads Babel: imported when the first mail is composed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from documents.adapters.pdf.parties import Fact, Reader, in_fours, reader_of
from documents.domain.deliveries.mail import Attached, Mail, Payment


@dataclass(frozen=True, slots=True)
class Words:
    """A mail as people read it: each item of `documents` is a name and its link, None where it is attached."""

    language: str
    direction: str
    subject: str
    greeting: str
    opening: str
    documents: tuple[tuple[str, str | None], ...]
    request: str
    facts: tuple[Fact, ...]
    closing: str
    clinic: str
    small_print: str


def words_of(mail: Mail) -> Words:
    reader = reader_of(mail.locale, mail.home)
    words = reader.words
    return Words(
        language=reader.language,
        direction=str(reader.formats.locale.text_direction),
        subject=_subject(mail, reader),
        greeting=words["mail_hello"].format(name=mail.name) if mail.name else words["mail_hello_nobody"],
        opening=_opening(mail, reader),
        documents=tuple((_label(each, mail, reader), each.link) for each in mail.attached),
        request=_request(mail, reader),
        facts=tuple(_facts(mail, mail.payment, reader)) if mail.payment else (),
        closing=words["mail_bye"],
        clinic=mail.clinic,
        small_print=words["mail_automatic"] if mail.automatic else "",
    )


def _subject(mail: Mail, reader: Reader) -> str:
    """By the first document, which is what the mail is about."""
    words = reader.words
    first = mail.attached[0].kind if mail.attached else "invoice"
    named = {"number": mail.number, "clinic": mail.clinic}
    match first:
        case "invoice" | "credit_note" | "receipt" | "submission":
            title = words[first]
        case "reminder":
            title = words[f"reminder_{mail.step or 1}"]
        case "statement":
            return words["mail_subject_statement"].format(**named)
        case _:
            assert_never(first)
    return words["mail_subject_titled"].format(title=title, **named)


def _opening(mail: Mail, reader: Reader) -> str:
    words = reader.words
    until = max((each.until for each in mail.attached if each.until), default=None)
    documents = words["mail_links"].format(until=reader.formats.day(until)) if until else words["mail_attached"]
    return f"{words[f'reminder_text_{mail.step or 1}']} {documents}" if mail.occasion == "reminder" else documents


def _label(each: Attached, mail: Mail, reader: Reader) -> str:
    """What is kept has a number of its own; what is printed for who asks is about the invoice."""
    words = reader.words
    match each.kind:
        case "invoice" | "credit_note" | "receipt":
            return f"{words[each.kind]} {each.number}"
        case "submission":
            return f"{words[each.kind]} {mail.number}"
        case "reminder":
            return f"{words[f'reminder_{mail.step or 1}']} {mail.number}"
        case "statement":
            return words[each.kind]
        case _:
            assert_never(each.kind)


def _request(mail: Mail, reader: Reader) -> str:
    """One sentence: what to pay, by when, where and under which reference; nothing to whom nothing is asked."""
    payment, words = mail.payment, reader.words
    if payment is None:
        return ""
    if payment.due.amount_minor <= 0:
        return words["mail_nothing_due"]
    how = "pay_by_transfer" if payment.iban else "pay_at_desk"
    dated = payment.due_on is not None and mail.occasion != "reminder"
    day = reader.formats.day(payment.due_on) if payment.due_on else ""
    due = reader.formats.amount(payment.due)
    reference = in_fours(payment.reference) if payment.reference != mail.number else payment.reference
    return words[how if dated else f"{how}_undated"].format(due=due, due_on=day, reference=reference)


def _facts(mail: Mail, payment: Payment, reader: Reader) -> Iterator[Fact]:
    words = reader.words
    yield words["number"], mail.number
    if payment.due.amount_minor <= 0:
        return
    yield words["due"], reader.formats.amount(payment.due)
    if payment.due_on is not None:
        yield words["due_on"], reader.formats.day(payment.due_on)
    if payment.iban:
        yield words["holder"], payment.holder or mail.clinic
        yield words["iban"], in_fours(payment.iban)
        if payment.bic:
            yield words["bic"], payment.bic
        yield words["reference"], in_fours(payment.reference) if payment.reference != mail.number else mail.number
