"""CSV files for people and programs everywhere: UTF-8, a header, no cell that a spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Literal

from chassis.csv_cells import guarded
from kernel.money import Money, plain
from payments.domain.accounting.accounts import Accounting
from payments.domain.accounting.bookings import Booking
from payments.domain.accounting.day_sheet import Entry

Sign = Literal["point", "comma"]
JOURNAL = (
    *("date", "time", "user_id", "user_name", "role", "kind", "method", "amount", "currency"),
    *("payment_id", "receipt_number"),
)
ENTRIES = ("entry", "date", "account", "debit", "credit", "currency", "document", "kind", "payment_id")


def journal(entries: Iterable[Entry], decimal: Sign = "point") -> bytes:
    """A row a movement, in the order that they come in."""
    rows = (
        (
            entry.on.isoformat(),
            entry.clock.isoformat("seconds"),
            *map(guarded, (entry.moved.by.actor_id, entry.moved.by.name or "", entry.moved.by.role)),
            entry.moved.kind,
            entry.moved.method,
            _amount(entry.moved.amount, decimal),
            entry.moved.amount.currency,
            guarded(entry.moved.payment_id),
            guarded(entry.moved.receipt_number or ""),
        )
        for entry in entries
    )
    return _sheet(JOURNAL, rows, decimal)


def double_entries(booked: Iterable[Booking], accounting: Accounting, decimal: Sign = "point") -> bytes:
    """Two rows a booking, under its number: what is debited, and what is credited."""
    rows = (
        (
            str(number),
            booking.on.isoformat(),
            guarded(accounting.number(account)),
            _amount(booking.amount, decimal) if is_debit else "",
            "" if is_debit else _amount(booking.amount, decimal),
            booking.amount.currency,
            guarded(booking.document),
            booking.movement.kind,
            guarded(booking.movement.payment_id),
        )
        for number, booking in enumerate(booked, 1)
        for account, is_debit in ((booking.debit, True), (booking.credit, False))
    )
    return _sheet(ENTRIES, rows, decimal)


def _sheet(columns: Sequence[str], rows: Iterable[Sequence[str]], decimal: Sign) -> bytes:
    """With a decimal comma: semicolons and a byte order mark, as German spreadsheets want it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if decimal == "comma" else ",")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig" if decimal == "comma" else "utf-8")


def _amount(amount: Money, decimal: Sign) -> str:
    return plain(amount).replace(".", "," if decimal == "comma" else ".")
