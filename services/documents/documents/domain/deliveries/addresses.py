"""Addresses of mail: whom it may go to, and how to speak of it without naming them."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from email.errors import MessageError
from email.headerregistry import Address

from kernel.errors import BusinessError

MAX_MAILBOX_BYTES, MAX_ADDRESS_BYTES = 64, 254
"""RFC 5321, 4.5.3.1, and the longest path in it."""
MASK = "***"
MOST_SAID, MOST_READ = 200, 2_000
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]")
_ADDRESS = re.compile(r"[^\s@<>\"'(),:;]*@[^\s@<>\"'(),:;]*")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")


def address_of(given: str | None, missing: str, invalid: str, ascii_domain: Callable[[str], str], field: str) -> str:
    """The address as it is sent to: its domain as the DNS has it, its mailbox in NFC (RFC 6532, 3.1).

    `ascii_domain` raises ValueError for a name that there cannot be. `missing` and `invalid` are what is said of it.
    Raises BusinessError 422.
    """
    text = unicodedata.normalize("NFC", (given or "").strip())
    if not text:
        raise BusinessError("recipient-missing", missing, field=field)
    mailbox, at, domain = text.rpartition("@")
    try:
        found = f"{mailbox}@{ascii_domain(domain)}"
        plain = Address(addr_spec=found if mailbox.isascii() else f"x@{found.rpartition('@')[2]}")
    except (ValueError, IndexError, MessageError):
        plain = Address()
    if not at or not plain.username or not plain.domain or not (mailbox.isascii() or _is_international(mailbox)):
        raise BusinessError("recipient-invalid", invalid, field=field)
    if len(mailbox.encode()) > MAX_MAILBOX_BYTES or len(found.encode()) > MAX_ADDRESS_BYTES:
        raise BusinessError("recipient-invalid", invalid, field=field)
    return plain.addr_spec if mailbox.isascii() else found


def _is_international(mailbox: str) -> bool:
    """A dot-atom of RFC 6531: letters, marks and digits of any script beside those of RFC 5322."""
    if mailbox.startswith(".") or mailbox.endswith(".") or ".." in mailbox:
        return False
    return all(_ATOM.match(one) or (not one.isascii() and unicodedata.category(one)[0] in "LMN") for one in mailbox)


def destination_of(address: str) -> str:
    """Equal for all addresses of one mail domain, and not to be read: a domain may be a person's own."""
    domain = address.rpartition("@")[2].lower()
    return hashlib.sha256(domain.encode()).hexdigest()[:16]


def recipient_key(address: str) -> str:
    """Equal for one address, and not to be read."""
    return hashlib.sha256(address.lower().encode()).hexdigest()


def without_addresses(text: str, address: str = "") -> str:
    """What a mail server said, in one line: neither the recipient, nor their mailbox alone, nor any other address."""
    line = _UNSEEN.sub(" ", text[:MOST_READ]).strip()
    mailbox = address.rpartition("@")[0]
    for known in (address, mailbox.strip('"')):
        if known:
            line = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", MASK, line, flags=re.IGNORECASE)
    return _ADDRESS.sub(MASK, line)[:MOST_SAID]
