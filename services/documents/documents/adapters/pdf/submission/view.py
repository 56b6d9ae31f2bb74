"""What an insurer is shown of an invoice: itemised, ten lines a page, with the facts that ADA J430D lays out.

In the language of the clinic's country, which is the insurer's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.clinical import Coverage
from contracts.invoicing import Invoice, InvoiceLine
from documents.adapters.pdf.grids import Column, Grid, Sum
from documents.adapters.pdf.parties import Fact, Letterhead, Reader, address_lines, known, letterhead, local_reader
from documents.adapters.pdf.sheets import Sheet, sheet_for
from documents.facts import SubmissionFacts
from kernel.money import Money, total

TEMPLATE = "submission/1"
LINES_A_PAGE = 10
SYSTEMS = {"http://www.ada.org/cdt": "CDT"}


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """Everything the template shows; each grid is a page of its own."""

    words: Mapping[str, str]
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    insured: tuple[Fact, ...]
    pages: tuple[Grid, ...]
    sheet: Sheet


def submission_view(shown: SubmissionFacts) -> SubmissionView:
    """Raises ValueError for an invoice that was not finalized."""
    invoice = shown.invoice
    if invoice.number is None or invoice.seller is None:
        raise ValueError(f"{invoice.invoice_id} is not finalized")
    home = invoice.seller.address.country
    reader = local_reader(home)
    coverage = _coverage(invoice, shown.payer_id)
    head = letterhead(invoice.seller, reader)
    return SubmissionView(
        words=reader.words,
        head=head,
        recipient=(_payer_name(shown, coverage),),
        facts=_facts(invoice, reader),
        insured=_insured(invoice, coverage, reader),
        pages=_pages(shown, reader),
        sheet=sheet_for(reader, head, f"{reader.words['submission']} {invoice.number}", invoice.changed_at),
    )


def _coverage(invoice: Invoice, payer_id: str) -> Coverage | None:
    covers = (invoice.buyer.coverage, invoice.buyer.secondary_coverage)
    return next((cover for cover in covers if cover is not None and cover.payer_id == payer_id), None)


def _payer_name(shown: SubmissionFacts, coverage: Coverage | None) -> str:
    shares = (share.payer_name for share in shown.invoice.payers if share.payer_id == shown.payer_id)
    return next((name for name in (coverage.payer_name if coverage else None, *shares) if name), shown.payer_id)


def _facts(invoice: Invoice, reader: Reader) -> tuple[Fact, ...]:
    words, day, provider = reader.words, reader.formats.day, invoice.provider
    return known(
        (words["number"], invoice.number),
        (words["issued_on"], day(invoice.issued_on) if invoice.issued_on else None),
        (words["provider"], provider.name if provider else None),
        (words["npi"], provider.npi if provider else None),
    )


def _insured(invoice: Invoice, coverage: Coverage | None, reader: Reader) -> tuple[Fact, ...]:
    words, buyer = reader.words, invoice.buyer
    address = ", ".join(address_lines(buyer.address, reader.home, reader.formats)) if buyer.address else None
    return known(
        (words["patient"], buyer.name),
        (words["birth_date"], reader.formats.day(buyer.birth_date) if buyer.birth_date else None),
        (words["address"], address),
        (words["member_id"], coverage.member_id if coverage else None),
        (words["plan"], coverage.plan if coverage else None),
        (words["relationship"], _relationship(coverage, reader)),
    )


def _relationship(coverage: Coverage | None, reader: Reader) -> str | None:
    if coverage is None or not coverage.relationship:
        return None
    return reader.words.get(f"relationship_{coverage.relationship}", coverage.relationship)


def _pages(shown: SubmissionFacts, reader: Reader) -> tuple[Grid, ...]:
    lines = shown.invoice.lines
    parts = [lines[at : at + LINES_A_PAGE] for at in range(0, len(lines), LINES_A_PAGE)] or [()]
    return tuple(_page(shown, part, reader, last=part is parts[-1]) for part in parts)


def _page(shown: SubmissionFacts, lines: Sequence[InvoiceLine], reader: Reader, *, last: bool) -> Grid:
    words = reader.words
    columns = (
        Column(words["date"]),
        Column(words["code"]),
        Column(words["code_system"]),
        Column(words["description"], "text"),
        Column(words["tooth"]),
        Column(words["surfaces"]),
        Column(words["quantity"], "amount"),
        Column(words["fee"], "amount"),
        Column(words["insurer_part"], "amount"),
        Column(words["patient_part"], "amount"),
    )
    rows = tuple(_row(line, shown, reader) for line in lines)
    fees = total((line.net for line in lines if line.net is not None), shown.invoice.currency)
    sums = [Sum(words["page_total"], reader.formats.bare(fees))]
    aside = words["all_amounts_in"].format(currency=shown.invoice.currency)
    return Grid(columns, rows, (*sums, *(_totals(shown, reader) if last else ())), (aside,))


def _row(line: InvoiceLine, shown: SubmissionFacts, reader: Reader) -> tuple[str, ...]:
    formats, part = reader.formats, _part(line, shown)
    rest = (
        line.net - part
        if line.net is not None and part is not None and part.amount_minor <= line.net.amount_minor
        else None
    )
    return (
        formats.day(line.performed_on),
        line.code,
        SYSTEMS.get(line.system or "", (line.system or "").rpartition("/")[2]),
        line.description,
        line.tooth or line.area or "",
        " ".join(line.surfaces),
        formats.number(line.quantity),
        formats.bare(line.net) if line.net else "",
        formats.bare(part) if part is not None else "",
        formats.bare(rest) if rest is not None else "",
    )


def _part(line: InvoiceLine, shown: SubmissionFacts) -> Money | None:
    """Of this insurer; None where they pay a part of the whole."""
    split = shown.invoice.insurance
    if line.insurer_part is None:
        return None
    second = line.secondary_part or Money(0, shown.invoice.currency)
    if split is not None and split.payer_id != shown.payer_id:
        return second
    return line.insurer_part - second


def _totals(shown: SubmissionFacts, reader: Reader) -> tuple[Sum, ...]:
    words, formats, invoice = reader.words, reader.formats, shown.invoice
    nothing = Money(0, invoice.currency)
    share = next((each for each in invoice.payers if each.payer_id == shown.payer_id), None)
    split = invoice.insurance
    claimed = share.amount if share else split.insurer_part if split else nothing
    paid = share.paid if share else split.insurer_paid if split else nothing
    rows = [Sum(words["total"], formats.amount(invoice.totals.gross), "total")]
    rows += [Sum(words["paid_by_insurer"], formats.bare(-paid))] if paid.amount_minor else []
    rows.append(Sum(words["asked_of_insurer"], formats.amount(claimed - paid), "due"))
    return tuple(rows)
