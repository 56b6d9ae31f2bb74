"""A reminder of an invoice, and its instalment plan: letters with a request, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from contracts.invoicing import Invoice
from documents.adapters.pdf.grids import Column, Grid, Sum
from documents.adapters.pdf.invoice import payment
from documents.adapters.pdf.parties import Fact, Letterhead, Reader, known, letterhead, reader_of, recipient_lines
from documents.adapters.pdf.sheets import Sheet, sheet_for
from documents.facts import InstalmentPlanFacts, ReminderFacts
from kernel.money import Money

REMINDER, PLAN = "reminder/3", "instalment_plan/2"


@dataclass(frozen=True, slots=True)
class LetterView:
    """Everything the template shows."""

    words: Mapping[str, str]
    title: str
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    says: str
    grid: Grid
    request: str
    account: tuple[Fact, ...]
    epc_qr: str | None
    sheet: Sheet


def reminder_view(shown: ReminderFacts) -> LetterView:
    invoice, reader = shown.invoice, _reader(shown.invoice)
    words, formats = reader.words, reader.formats
    columns = (
        Column(words["number"], "text"),
        Column(words["issued_on"]),
        Column(words["instalment"]),
        Column(words["due_on"]),
        Column(words["open"], "amount"),
    )
    parts: list[tuple[str, date | None, Money]] = [
        (str(part.number or ""), part.due_on, part.open) for part in shown.parts
    ]
    number, issued = invoice.number or "", _day(invoice.issued_on, reader)
    rows = tuple(
        (number, issued, nth, _day(due_on, reader), formats.bare(open_))
        for nth, due_on, open_ in parts or [("", invoice.due_on, shown.open)]
    )
    grid = Grid(columns, rows, (Sum(words["due"], formats.amount(shown.open), "due"),))
    title = words[f"reminder_{shown.step}"]
    facts = ((words["number"], invoice.number or ""), (words["date"], formats.day(shown.as_of)))
    says = words[f"reminder_text_{shown.step}"]
    return _letter(invoice, reader, title, facts, says, grid, shown.open, shown.as_of)


def instalment_plan_view(shown: InstalmentPlanFacts) -> LetterView:
    invoice, reader = shown.invoice, _reader(shown.invoice)
    words, formats = reader.words, reader.formats
    columns = (Column(words["instalment"], "text"), Column(words["due_on"]), Column(words["owed"], "amount"))
    rows = tuple(
        (str(part.number), formats.day(part.due_on), formats.bare(part.amount)) for part in invoice.instalments
    )
    whole = Money(sum(part.amount.amount_minor for part in invoice.instalments), invoice.currency)
    grid = Grid(columns, rows, (Sum(words["total"], formats.amount(whole), "due"),))
    facts = ((words["number"], invoice.number or ""), (words["issued_on"], _day(invoice.issued_on, reader)))
    day, says = invoice.issued_on or invoice.changed_at.date(), words.counted("plan_text", len(rows))
    return _letter(invoice, reader, words["instalment_plan"], facts, says, grid, None, day)


def _reader(invoice: Invoice) -> Reader:
    """Raises ValueError for an invoice that was not finalized."""
    if invoice.number is None or invoice.seller is None:
        raise ValueError(f"{invoice.invoice_id} is not finalized")
    return reader_of(invoice.buyer.locale, invoice.seller.address.country)


def _day(day: date | None, reader: Reader) -> str:
    return reader.formats.day(day) if day else ""


def _letter(
    invoice: Invoice,
    reader: Reader,
    title: str,
    facts: tuple[Fact, ...],
    says: str,
    grid: Grid,
    due: Money | None,
    day: date,
) -> LetterView:
    words, head = reader.words, letterhead(invoice.seller, reader)
    return LetterView(
        words=words,
        title=title,
        head=head,
        recipient=recipient_lines(invoice.buyer, reader),
        facts=known(*facts),
        says=says,
        grid=grid,
        request=words["reference_asked"].format(reference=payment.reference_of(invoice)),
        account=payment.account(invoice, reader),
        epc_qr=payment.code_to_scan(invoice, due) if due is not None else None,
        sheet=sheet_for(reader, head, f"{title} {invoice.number}", datetime.combine(day, time(), UTC)),
    )
