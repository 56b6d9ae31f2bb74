"""Reads delivery status notifications: multipart/report of RFC 6522 with RFC 3464 or RFC 6533 in it.

Anybody can mail anything to the address that takes them. So what is read is bounded before it is parsed, and whatever
is not plainly a report of one of our mails is refused.
"""

import hashlib
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import compat32
from typing import TypeAlias

from documents.domain.deliveries.addresses import without_addresses
from documents.domain.deliveries.reports import Action
from documents.usecases.ports import Notification
from kernel.errors import BusinessError

MOST_HEADER_BYTES = 64 * 1024
MOST_PARTS = 16
MOST_RECIPIENTS = 50
ACTIONS: dict[str, Action] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "relayed",
    "expanded": "expanded",
}
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
ORIGINAL_PARTS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
CAME_BACK_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_NESTING = re.compile(rb"boundary\s*=|message/(?:rfc822|global)", re.IGNORECASE)
_DELIVERY = re.compile(r"dlv_[0-9a-f]{32}")
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
Fields: TypeAlias = "Message[str, str]"
"""A mail, a part of one, or a group of fields: Python reads them alike."""


def read_notification(raw: bytes) -> Notification:
    """Raises BusinessError 422 for what is none, says nothing of a mail of ours, or contradicts itself."""
    message = _parsed(raw)
    if message.get_content_type() != "multipart/report":
        raise _refused("it is no multipart/report (RFC 6522)")
    reports = [part for part in message.walk() if part.get_content_type() in STATUS_PARTS]
    if len(reports) != 1:
        raise _refused(f"it has {len(reports)} delivery status parts, and one says what became of a mail")
    envelope, *recipients = _groups(reports[0])
    if not recipients or len(recipients) > MOST_RECIPIENTS:
        raise _refused("it names no recipient, or too many")
    deciding = _deciding(recipients)
    action, status = _action(deciding), _status(deciding)
    if action == "failed" and status is not None and status.startswith("2."):
        raise _refused("it says that the mail failed, with a status of success")
    return Notification(
        delivery_id=_delivery_of(message, envelope),
        notification_id=_identity(message, raw),
        action=action,
        status=status,
        answer=_answer_in(deciding),
    )


def _refused(why: str, code: str = "bounce-unreadable") -> BusinessError:
    return BusinessError(code, why)


def _parsed(raw: bytes) -> Fields:
    """Each level of nesting costs the parser a look at every line: there is no reason for more than a few."""
    head = re.search(rb"\r?\n\r?\n", raw)
    if head is None or head.start() > MOST_HEADER_BYTES:
        raise _refused("its header does not end")
    if sum(1 for _ in _NESTING.finditer(raw)) > MOST_PARTS:
        raise _refused("it has too many parts within parts")
    try:
        return BytesParser(policy=compat32).parsebytes(raw)
    except (MessageError, ValueError, LookupError, RecursionError):
        raise _refused("it is no message (RFC 5322)") from None


def _groups(report: Fields) -> list[Fields]:
    """The groups of fields: of the message, then of each recipient. Python reads them for one of the two types."""
    payload = report.get_payload()
    if report.get_content_type() == STATUS_PARTS[0] and isinstance(payload, list):
        return [group for group in payload if isinstance(group, Message) and group.keys()]
    first = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(first, Message):
        raise _refused("its delivery status cannot be read")
    rest = first.get_payload()
    blocks = [block for block in _BLANK_LINE.split(rest if isinstance(rest, str) else "") if block.strip()]
    return [first, *(HeaderParser(policy=compat32).parsestr(block) for block in blocks[: MOST_RECIPIENTS + 1])]


def _deciding(recipients: list[Fields]) -> Fields:
    """A mail of ours has one recipient; where it was passed on to several, it failed when it did for each."""
    return next((each for each in recipients if _action(each) != "failed"), recipients[0])


def _action(fields: Fields) -> Action:
    word = _field(fields, "Action").partition("(")[0].strip().lower()
    if word not in ACTIONS:
        raise _refused("its action is none of RFC 3464, 2.3.3")
    return ACTIONS[word]


def _status(fields: Fields) -> str | None:
    found = _STATUS.match(_field(fields, "Status"))
    return found.group() if found else None


def _answer_in(fields: Fields) -> str | None:
    """After the kind of the diagnosis: `smtp; 550 no such user`."""
    answer = _field(fields, "Diagnostic-Code").partition(";")[2]
    final = _field(fields, "Final-Recipient").partition(";")[2].strip()
    return without_addresses(answer, final) or None


def _delivery_of(message: Fields, envelope: Fields) -> str:
    """By the Message-ID of the mail that it is about; by where it came back to; at last by what it answers."""
    named = {
        *_deliveries(_field(original, "Message-ID") for original in _originals(message)),
        *_deliveries([_field(envelope, "Original-Envelope-Id")]),
        *_deliveries(value for name in CAME_BACK_TO for value in map(str, message.get_all(name, []))),
    } or {*_deliveries(_field(message, name) for name in ("In-Reply-To", "References"))}
    if not named:
        raise _refused("it names no mail that was sent from here")
    if len(named) > 1:
        raise _refused("it names several mails that were sent from here", "bounce-ambiguous")
    return named.pop()


def _originals(message: Fields) -> Iterator[Fields]:
    """The mail that came back, or the header of it."""
    for part in message.walk():
        if part.get_content_type() not in ORIGINAL_PARTS:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (each for each in payload[:1] if isinstance(each, Message))
        elif isinstance(text := part.get_payload(decode=True), bytes):
            yield HeaderParser(policy=compat32).parsestr(text[:MOST_HEADER_BYTES].decode("utf-8", "replace"))


def _deliveries(values: "Iterator[str] | list[str]") -> Iterator[str]:
    for value in values:
        yield from _DELIVERY.findall(value)


def _field(fields: Fields, name: str) -> str:
    """As text in one line; a header in bytes that are no ASCII is an object of its own."""
    return " ".join(str(fields.get(name, "")).split())


def _identity(message: Fields, raw: bytes) -> str:
    """Equal for the same notification, by whichever way it was handed in."""
    own = _field(message, "Message-ID").encode("utf-8", "replace")
    return hashlib.sha256(own or raw).hexdigest()[:32]
