"""What a bank statement says, whatever file it came in, and what has to be true of it before it is believed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kernel.errors import BusinessError
from kernel.ids import derived_id
from kernel.money import Money, written
from kernel.value import replace, value
from payments.domain.bank.accounts import account_key


@dataclass(frozen=True, slots=True)
class StatementHead:
    """The beginning of a statement: its account (an IBAN, or the bank's own number) and its booked balances.

    Balances are in minor units and None where the file has none (CSV). With a closing balance alone, the opening one
    follows from the entries.
    """

    statement_id: str
    account: str
    currency: str
    opening_minor: int | None
    closing_minor: int | None


@value
class Entry:
    """One booked movement: a whole entry, or one of the transactions of a batch booking.

    `amount_minor` is positive; `credit` says whether it came in. `counts_minor` is what it adds to the balance: the
    first transaction of a batch carries the whole batch. `references` are the ISO 11649 references found, `words` what
    could be an invoice number in its text.
    """

    booked_on: date
    value_on: date | None
    amount_minor: int
    counts_minor: int
    currency: str
    credit: bool
    reversal: bool = False
    bank_reference: str | None = None
    end_to_end_id: str | None = None
    text: str = ""
    counterparty_name: str | None = None
    counterparty_iban: str | None = None
    charges: Money | None = None
    references: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


StatementItem = StatementHead | Entry
StatementFormat = Literal["camt.053", "mt940", "csv"]
StatementStatus = Literal["received", "imported", "refused"]
MOST_ENTRIES = 500_000
"""In one file."""


@dataclass(frozen=True, slots=True)
class CheckedStatement:
    """A statement that was checked. `opening_derived`: its opening balance is what its closing one and entries make."""

    head: StatementHead
    entries: int
    opening_derived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvColumns:
    """Which column of a CSV is what, by its name in the header.

    What went out has a negative `amount`, or a mark in the column `direction`, or stands in the column `debit` beside
    `credit`. `debit_marks` and `credit_marks` are further marks than those that are known everywhere. A row whose
    `status` says that it is only announced, or came to nothing, is left out; `booked_marks` and `pending_marks` are
    further words of it.
    """

    account: str
    currency: str
    booked_on: str
    text: str
    amount: str | None = None
    direction: str | None = None
    debit: str | None = None
    credit: str | None = None
    debit_marks: tuple[str, ...] = ()
    credit_marks: tuple[str, ...] = ()
    counterparty_name: str | None = None
    counterparty_iban: str | None = None
    bank_reference: str | None = None
    end_to_end_id: str | None = None
    row_currency: str | None = None
    status: str | None = None
    booked_marks: tuple[str, ...] = ()
    pending_marks: tuple[str, ...] = ()
    date_format: str = "%Y-%m-%d"
    decimal: Literal[",", "."] = "."
    delimiter: str = ","
    encoding: str = "utf-8"

    def wanted(self) -> dict[str, str]:
        """Column names by field."""
        names = {
            "booked_on": self.booked_on,
            "text": self.text,
            "amount": self.amount,
            "direction": self.direction,
            "debit": self.debit,
            "credit": self.credit,
            "counterparty_name": self.counterparty_name,
            "counterparty_iban": self.counterparty_iban,
            "bank_reference": self.bank_reference,
            "end_to_end_id": self.end_to_end_id,
            "row_currency": self.row_currency,
            "status": self.status,
        }
        return {field: column for field, column in names.items() if column is not None}


class StatementInvalid(BusinessError):
    """The file is not taken over: nothing of it is stored."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, field="body")


def check(items: Iterable[StatementItem]) -> tuple[CheckedStatement, ...]:
    """The statements of a file, when all of them are sound; reads them once, in order, and keeps none.

    Raises StatementInvalid: without a statement, an entry in another currency than its account, or opening + entries
    that is not closing.
    """
    sums: list[CheckedStatement] = []
    head: StatementHead | None = None
    entries = moved = all_ = 0
    for item in items:
        if isinstance(item, StatementHead):
            _close(sums, head, entries, moved)
            head, entries, moved = item, 0, 0
        else:
            assert head is not None, "a reader begins with a head"
            entries, moved, all_ = entries + 1, moved + item.counts_minor, all_ + 1
            if all_ > MOST_ENTRIES:
                raise StatementInvalid("too-many-entries", f"the file has more than {MOST_ENTRIES} entries")
            if item.currency != head.currency:
                raise StatementInvalid(
                    "currency-differs",
                    f"statement {head.statement_id}: entry {entries} is in {item.currency}, not in {head.currency}",
                )
    _close(sums, head, entries, moved)
    if not sums:
        raise StatementInvalid("no-statement", "the file has no statement")
    return tuple(sums)


def _close(sums: list[CheckedStatement], head: StatementHead | None, entries: int, moved: int) -> None:
    if head is None:
        return
    if head.opening_minor is not None and head.closing_minor is not None:
        expected = head.opening_minor + moved
        if expected != head.closing_minor:
            opening, entered, made, closing = (
                written(Money(amount_minor, head.currency))
                for amount_minor in (head.opening_minor, moved, expected, head.closing_minor)
            )
            raise StatementInvalid(
                "sums-differ",
                f"statement {head.statement_id}: opening {opening} and entries of {entered} make {made}, "
                f"but it closes at {closing}",
            )
    if head.opening_minor is None and head.closing_minor is not None:
        whole = replace(head, opening_minor=head.closing_minor - moved)
        sums.append(CheckedStatement(whole, entries, opening_derived=True))
    else:
        sums.append(CheckedStatement(head, entries))


@dataclass(frozen=True, slots=True)
class IdentifiedEntry:
    """An entry, and what it is known by. `source` is the statement in its file, `alike` all that the bank says of it.

    The id is made of both and of how many alike came before it in this statement.
    """

    transaction_id: str
    source: str
    alike: str
    head: StatementHead
    entry: Entry

    @property
    def slice_id(self) -> str:
        """Of the booking day in the statement."""
        return slice_id(self.source, self.entry.booked_on)


def slice_id(source: str, day: date) -> str:
    """What the statement has of the day."""
    return f"{source}/{day.isoformat()}"


def identified(clinic_id: str, file_id: str, items: Iterable[StatementItem]) -> Iterator[IdentifiedEntry]:
    """Each entry with the id of its transaction: the same whenever the same file is read.

    Two equal transfers of a statement are two. What several statements have is compared before it is stored.
    """
    head: StatementHead | None = None
    source, statements = "", 0
    seen: Counter[str] = Counter()
    for item in items:
        if isinstance(item, StatementHead):
            head, statements = item, statements + 1
            source = f"{file_id}/{statements}"
            seen.clear()
            continue
        assert head is not None, "a reader begins with a head"
        alike = derived_id("alk", clinic_id, account_key(head.account), *map(str, _facts(item)))
        seen[alike] += 1
        yield IdentifiedEntry(derived_id("btx", alike, source, str(seen[alike])), source, alike, head, item)


def loosely(account: str, day: date, amount: Money, *, credit: bool, reversal: bool) -> str:
    """What every format says of a transaction: account, booking day, amount and direction."""
    way = ("C" if credit else "D") + ("R" if reversal else "")
    return f"{account_key(account)}/{day.isoformat()}/{amount.amount_minor}{amount.currency}{way}"


def _facts(entry: Entry) -> tuple[object, ...]:
    return (
        entry.booked_on,
        entry.amount_minor,
        entry.currency,
        entry.credit,
        entry.reversal,
        entry.bank_reference,
        entry.end_to_end_id,
        entry.text,
        entry.counterparty_iban,
    )
