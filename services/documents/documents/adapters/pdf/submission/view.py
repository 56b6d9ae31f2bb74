"""What an insurer is shown of an invoice: itemised, ten lines a page, with the facts that ADA J430D lays out.

In the language of the clinic's country, which is the insurer's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.clinical import Coverage, Diagnosis
from contracts.invoicing import Invoice, InvoiceLine
from documents.adapters.pdf.fee_schedule import GOZ, GOÄ, Reasons, factor_of, is_by_schedule, lab_remark, number_of
from documents.adapters.pdf.grids import Cell, Column, Grid, Sum
from documents.adapters.pdf.parties import Fact, Letterhead, Reader, address_lines, known, letterhead, local_reader
from documents.adapters.pdf.sheets import Sheet, sheet_for
from documents.facts import SubmissionFacts
from kernel.money import Money, total

TEMPLATE = "submission/3"
LINES_A_PAGE = 10
SYSTEMS = {
    "http://www.ada.org/cdt": "CDT",
    **dict.fromkeys(GOZ, "GOZ"),
    **dict.fromkeys(GOÄ, "GOÄ"),
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": "ICD-10-GM",
}


@dataclass(frozen=True, slots=True)
class Page:
    """Ten lines, and why the factors of some are above what is usual."""

    grid: Grid
    reasons: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """Everything the template shows. `to_sign`: nobody said whether the benefits are assigned."""

    words: Mapping[str, str]
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    insured: tuple[Fact, ...]
    pages: tuple[Page, ...]
    assignment: str
    to_sign: bool
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
        assignment=reader.words[_assignment(coverage)],
        to_sign=_assignment(coverage) == "assignment_text",
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
        (words["billing_npi"], invoice.seller.npi if invoice.seller else None),
    )


def _insured(invoice: Invoice, coverage: Coverage | None, reader: Reader) -> tuple[Fact, ...]:
    words, buyer = reader.words, invoice.buyer
    address = ", ".join(address_lines(buyer.address, reader.home, reader.formats)) if buyer.address else None
    return known(
        (words["patient"], buyer.name),
        (words["birth_date"], reader.formats.day(buyer.birth_date) if buyer.birth_date else None),
        (words["address"], address),
        (words["member_id"], coverage.member_id if coverage else None),
        (words["group_number"], coverage.group_number if coverage else None),
        (words["plan"], coverage.plan if coverage else None),
        (words["relationship"], _relationship(coverage, reader)),
        (words["subscriber"], _subscriber(coverage, reader)),
        (words["diagnoses"], "; ".join(_diagnosis(at, each) for at, each in enumerate(invoice.diagnoses))),
    )


def _assignment(coverage: Coverage | None) -> str:
    match coverage.assignment_of_benefits if coverage else None:
        case True:
            return "assigned_text"
        case False:
            return "not_assigned_text"
        case _:
            return "assignment_text"


def _subscriber(coverage: Coverage | None, reader: Reader) -> str | None:
    """Name, day of birth, number."""
    holder = coverage.subscriber if coverage else None
    if holder is None:
        return None
    birth = reader.formats.day(holder.birth_date) if holder.birth_date else None
    return ", ".join(part for part in (holder.name, birth, holder.subscriber_id) if part)


def _pointer(at: int) -> str:
    """A, B, C …, as a claim form has them."""
    letter = chr(ord("A") + at % 26)
    return letter if at < 26 else f"{letter}{at // 26 + 1}"


def _diagnosis(at: int, diagnosis: Diagnosis) -> str:
    named = f"{_pointer(at)}\xa0{diagnosis.code} ({_system(diagnosis.system)})"
    return f"{named} {diagnosis.description}".strip()


def _system(uri: str | None) -> str:
    return SYSTEMS.get(uri or "", (uri or "").rpartition("/")[2])


def _relationship(coverage: Coverage | None, reader: Reader) -> str | None:
    if coverage is None or not coverage.relationship:
        return None
    return reader.words.get(f"relationship_{coverage.relationship}", coverage.relationship)


def _pages(shown: SubmissionFacts, reader: Reader) -> tuple[Page, ...]:
    lines = shown.invoice.lines
    parts = [lines[at : at + LINES_A_PAGE] for at in range(0, len(lines), LINES_A_PAGE)] or [()]
    reasons, by_schedule = Reasons(reader), is_by_schedule(lines)
    pages = []
    for part in parts:
        facts = reasons.facts(part)
        columns, row = (_schedule_columns, _schedule_row) if by_schedule else (_columns, _row)
        rows = tuple(row(line, shown, reader, reasons) for line in part)
        grid = Grid(
            columns(shown, reader), rows, _sums(shown, part, reader, last=part is parts[-1]), _aside(shown, reader)
        )
        pages.append(Page(grid, facts))
    return tuple(pages)


def _aside(shown: SubmissionFacts, reader: Reader) -> tuple[str, ...]:
    """What the patient has paid is beside the sums: it is no part of what the insurer is asked for."""
    words, invoice = reader.words, shown.invoice
    paid = next((each.paid for each in invoice.payers if each.part == "patient"), Money(0, invoice.currency))
    by_patient = (f"{words['paid_by_patient']}: {reader.formats.amount(paid)}",) if paid.amount_minor else ()
    return (words["all_amounts_in"].format(currency=invoice.currency), *by_patient)


def _sums(shown: SubmissionFacts, lines: Sequence[InvoiceLine], reader: Reader, *, last: bool) -> tuple[Sum, ...]:
    fees = total((line.net for line in lines if line.net is not None), shown.invoice.currency)
    sums = Sum(reader.words["page_total"], reader.formats.bare(fees))
    return (sums, *(_totals(shown, reader) if last else ()))


def _columns(_: SubmissionFacts, reader: Reader) -> tuple[Column, ...]:
    words = reader.words
    return (
        Column(words["date"]),
        Column(words["code"]),
        Column(words["code_system"]),
        Column(words["description"], "text"),
        Column(words["tooth"]),
        Column(words["surfaces"]),
        Column(words["diagnosis_pointer"]),
        Column(words["quantity"], "amount"),
        Column(words["fee"], "amount"),
        Column(words["insurer_part"], "amount"),
        Column(words["patient_part"], "amount"),
    )


def _schedule_columns(shown: SubmissionFacts, reader: Reader) -> tuple[Column, ...]:
    """As Annex 2 of the GOZ has them, with what the insurer is asked for."""
    words = reader.words
    return (
        Column(words["date"]),
        Column(words["region"]),
        Column(words["service_number"]),
        Column(words["service"], "text"),
        Column(words["diagnosis_pointer"]),
        Column(words["reason_mark"]),
        Column(words["factor"], "amount"),
        Column(words["times"], "amount"),
        Column(shown.invoice.currency, "amount"),
        Column(words["insurer_part"], "amount"),
        Column(words["patient_part"], "amount"),
    )


def _row(line: InvoiceLine, shown: SubmissionFacts, reader: Reader, _: Reasons) -> tuple[str | Cell, ...]:
    return (
        reader.formats.day(line.performed_on),
        line.code,
        _system(line.system),
        line.description,
        line.tooth or line.area or "",
        " ".join(line.surfaces),
        _pointers(line, shown),
        reader.formats.number(line.quantity),
        *_amounts(line, shown, reader),
    )


def _schedule_row(
    line: InvoiceLine, shown: SubmissionFacts, reader: Reader, reasons: Reasons
) -> tuple[str | Cell, ...]:
    lab = lab_remark(line.lab_invoice, reader)
    return (
        reader.formats.day(line.performed_on),
        " ".join([line.tooth or line.area or "", *line.surfaces]).strip(),
        number_of(line),
        Cell(line.description, (lab,)) if lab else line.description,
        _pointers(line, shown),
        reasons.mark(line),
        factor_of(line, reader),
        reader.formats.number(line.quantity),
        *_amounts(line, shown, reader),
    )


def _pointers(line: InvoiceLine, shown: SubmissionFacts) -> str:
    known = [diagnosis.diagnosis_id for diagnosis in shown.invoice.diagnoses]
    return " ".join(_pointer(known.index(id_)) for id_ in line.diagnosis_ids if id_ in known)


def _amounts(line: InvoiceLine, shown: SubmissionFacts, reader: Reader) -> tuple[str, str, str]:
    """The fee, the insurer's part, and what is left for the patient."""
    formats, part = reader.formats, _part(line, shown)
    rest = (
        line.net - part
        if line.net is not None and part is not None and part.amount_minor <= line.net.amount_minor
        else None
    )
    return (
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
