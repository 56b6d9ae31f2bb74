"""SWIFT MT940 customer statements, as banks send them, German structured texts included."""

import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import mt940

from payments.adapters.bank_files.amounts import minor
from payments.adapters.bank_files.clues import named, with_clues
from payments.adapters.bank_files.mt940_details import details_of
from payments.adapters.bank_files.mt940_message import without_surroundings
from payments.adapters.bank_files.mt940_tags import OPTIONS, TAGS
from payments.domain.bank.accounts import account_of
from payments.domain.bank.statement import Entry, StatementHead, StatementInvalid, StatementItem

_BEGIN = re.compile(rb"^(?:-\}?)?(?:\{.*\{4:\s*|\{4:\s*)?:20:")
_INTERIM = re.compile(r"^:(?:34F|13D|90[DC]):", re.MULTILINE)
"""Fields that MT942 has, and MT940 has not."""
EXPECTED = ("EC", "ED")
"""Not booked yet."""
LONGEST_TEXT = 2_000
LONGEST_ID = 140
LARGEST_BLOCK = 2 * 1024 * 1024
"""Of one statement, which the library holds whole; SWIFT's own limit is 2,000 characters a message."""
# The library logs what it cannot read: names and treatments of patients.
_LIBRARY = logging.getLogger("mt940")
_LIBRARY.addHandler(logging.NullHandler())
_LIBRARY.propagate = False


def read_mt940(file: Path) -> Iterator[StatementItem]:
    """Heads and booked entries of each `:20:` block in the file, one block at a time. Raises StatementInvalid."""
    number = 0
    for number, block in enumerate(_blocks(file), 1):
        yield from _statement(_decoded(block), f"statement {number}")
    if number == 0:
        raise StatementInvalid("not-mt940", "the file has no statement that begins with :20:")


def _blocks(file: Path) -> Iterator[bytes]:
    lines: list[bytes] = []
    held = 0
    with file.open("rb") as opened:
        while line := opened.readline(LARGEST_BLOCK):
            if _BEGIN.match(line.removeprefix(b"\xef\xbb\xbf")):
                if lines:
                    yield b"".join(lines)
                lines, held = [line], len(line)
            elif lines:
                lines.append(line)
                held += len(line)
                if held > LARGEST_BLOCK:
                    message = f"a statement of the file is larger than {LARGEST_BLOCK} bytes: send it as camt.053"
                    raise StatementInvalid("statement-too-large", message)
    if lines:
        yield b"".join(lines)


def _decoded(raw: bytes) -> str:
    """UTF-8, or Latin-1 as older banks write it."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _statement(text: str, where: str) -> Iterator[StatementItem]:
    if _INTERIM.search(text):
        message = f"{where} is an interim report (MT942), of which nothing is booked: send MT940 or camt.053"
        raise StatementInvalid("format-unsupported", message)
    try:
        parsed = mt940.parse(without_surroundings(text), tags=TAGS, options=OPTIONS)
    except Exception as error:
        # The library lets whatever happens in its tags out: RuntimeError, ValueError, decimal.InvalidOperation.
        raise StatementInvalid("not-mt940", f"{where} cannot be read as MT940 ({type(error).__name__})") from None
    opening, closing = (_balance(parsed.data, name, where) for name in ("opening", "closing"))
    account = str(parsed.data.get("account_identification") or "").strip()
    if not account:
        raise StatementInvalid("account-missing", f"{where} names no account")
    statement_id = "/".join(str(parsed.data[n]) for n in ("statement_number", "sequence_number") if parsed.data.get(n))
    own = account_of(account, opening[1])
    yield StatementHead((statement_id or where)[:LONGEST_ID], own, opening[1], opening[0], closing[0])
    for number, transaction in enumerate(parsed.transactions, 1):
        if transaction.data.get("amount") is not None and transaction.data.get("status") not in EXPECTED:
            yield _entry(transaction.data, own, opening[1], f"{where}, entry {number}")


def _balance(data: dict[str, Any], which: str, where: str) -> tuple[int, str]:
    balance = data.get(f"final_{which}_balance") or data.get(f"intermediate_{which}_balance")
    if balance is None or balance.amount is None:
        raise StatementInvalid("balance-missing", f"{where} has no booked {which} balance")
    return _minor(balance.amount, where), str(balance.amount.currency)


def _minor(amount: Any, where: str) -> int:
    """The library's Decimal, with its sign, in minor units."""
    sign = -1 if amount.amount < 0 else 1
    return sign * minor(format(abs(amount.amount), "f"), str(amount.currency), where)


def _entry(data: dict[str, Any], account: str, currency: str, where: str) -> Entry:
    status = str(data.get("status") or "").upper()
    credit = status in ("C", "RD")
    amount = abs(_minor(data["amount"], where))
    details = details_of(data)
    entry = Entry(
        booked_on=_plain(data.get("entry_date") or data["date"]),
        value_on=_plain(data["date"]),
        amount_minor=amount,
        counts_minor=amount if credit else -amount,
        currency=str(data["amount"].currency or currency),
        credit=credit,
        reversal=status.startswith("R") or details.returned,
        bank_reference=named(data.get("bank_reference")),
        end_to_end_id=details.end_to_end_id,
        text=(named(details.text) or "")[:LONGEST_TEXT],
        counterparty_name=details.name,
        counterparty_iban=details.iban,
    )
    return with_clues(entry, account, details.customer_reference)


def _plain(day: Any) -> date:
    """The library's dates are a class of their own."""
    return date(day.year, day.month, day.day)
