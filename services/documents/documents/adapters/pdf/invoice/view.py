"""What is on an invoice, as text in the reader's language; BT and BG are EN 16931's names. The template lays it out."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.invoicing import CurrencyBalance, Instalment, Invoice, PayerBalance
from documents.adapters.pdf.fee_schedule import Reasons, is_by_schedule, parts_of
from documents.adapters.pdf.grids import Grid, Sum
from documents.adapters.pdf.invoice import payment
from documents.adapters.pdf.invoice.terms import issued_terms, names_of
from documents.adapters.pdf.lines import LineView, TaxView, line_views, lines_grid, schedule_grid, tax_views
from documents.adapters.pdf.parties import (
    Fact,
    Letterhead,
    Reader,
    known,
    letterhead,
    reader_of,
    recipient_lines,
)
from documents.adapters.pdf.sheets import Sheet, sheet_for
from kernel.money import Money, total

TEMPLATE = "invoice/4"
"""Its version is kept with each document: 2 marks void ones, and keeps parts together, 3 has the form of the GOZ,
4 has the code to scan beside the account.
"""


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """Everything the template shows; of a void invoice nothing that asks for money."""

    words: Mapping[str, str]
    number: str
    currency: str
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    lines: tuple[LineView, ...]
    taxes: tuple[TaxView, ...]
    subtotal: str
    tax: str
    gross: str
    rounding: str | None
    discounts: str | None
    insurer: Fact | None
    paid: str | None
    due: str
    previous: tuple[Fact, ...]
    agreed: str
    instalments: tuple[Fact, ...]
    request: str
    prompt: str | None
    account: tuple[Fact, ...]
    epc_qr: str | None
    note: tuple[str, ...]
    reasons: tuple[Fact, ...]
    grid: Grid
    sheet: Sheet


def invoice_view(invoice: Invoice, supplements: str | None = None, clinic: str = "") -> InvoiceView:
    """`supplements` is the number of the invoice that it adds to, `clinic` the name where there is no seller yet.

    Raises ValueError for an invoice with a number and no seller: it was not finalized.
    """
    if invoice.number is not None and invoice.seller is None:
        raise ValueError(f"{invoice.invoice_id} is not finalized")
    home = invoice.seller.address.country if invoice.seller else None
    reader = reader_of(invoice.buyer.locale, home)
    words, formats = reader.words, reader.formats
    issued = issued_terms(invoice)
    due = issued.asked
    asks = invoice.status not in ("void", "draft") and due.amount_minor > 0
    lines, taxes = line_views(invoice.lines, reader), tax_views(invoice.tax, reader)
    by_schedule = is_by_schedule(invoice.lines)
    sums = _sums(invoice, due, reader, by_schedule=by_schedule)
    discounts = _discounts(invoice, reader)
    asides = [words["all_amounts_in"].format(currency=invoice.currency), *([discounts] if discounts else [])]
    head = letterhead(invoice.seller, reader) if invoice.seller else letterhead(None, reader, clinic)
    return InvoiceView(
        words=words,
        number=invoice.number or "",
        currency=invoice.currency,
        head=head,
        recipient=recipient_lines(invoice.buyer, reader),
        facts=_facts(invoice, supplements, reader),
        lines=lines,
        taxes=taxes,
        subtotal=formats.bare(invoice.totals.net),
        tax=formats.bare(invoice.totals.tax),
        gross=formats.amount(invoice.totals.gross),
        rounding=_unless_zero(invoice.totals.rounding, reader),
        discounts=discounts,
        insurer=_insurer(invoice, reader),
        paid=_unless_zero(-issued.paid, reader),
        due=formats.amount(due),
        previous=_previous(invoice, reader),
        agreed=_agreed(invoice, due, reader),
        instalments=tuple((formats.day(part.due_on), formats.amount(part.amount)) for part in _plan(invoice)),
        request=_request(invoice, due, reader),
        prompt=payment.prompt(invoice, due, reader) if asks else None,
        account=payment.account(invoice, reader) if asks else (),
        epc_qr=payment.code_to_scan(invoice, due) if asks else None,
        note=tuple((invoice.note or "").splitlines()),
        reasons=Reasons(reader).facts(invoice.lines),
        grid=schedule_grid(lines, taxes, sums, asides, reader, invoice.currency)
        if by_schedule
        else lines_grid(lines, taxes, sums, asides, reader),
        sheet=_sheet(invoice, head, reader),
    )


def _sheet(invoice: Invoice, head: Letterhead, reader: Reader) -> Sheet:
    words = reader.words
    title = " ".join(part for part in (words["invoice"], invoice.number) if part)
    stamp = {"void": words["cancelled"], "draft": words["draft"]}.get(invoice.status)
    return sheet_for(reader, head, title, invoice.finalized_at or invoice.changed_at, stamp=stamp)


def _sums(invoice: Invoice, due: Money, reader: Reader, *, by_schedule: bool) -> tuple[Sum, ...]:
    words, bare = reader.words, reader.formats.bare
    rounding, paid = _unless_zero(invoice.totals.rounding, reader), _unless_zero(-issued_terms(invoice).paid, reader)
    insurer = _insurer(invoice, reader)
    parts = parts_of(invoice.lines, invoice.currency) if by_schedule else ()
    rows = [
        *(Sum(words[word], bare(amount)) for word, amount in parts),
        Sum(words["subtotal"], bare(invoice.totals.net)),
        Sum(words["tax_total"], bare(invoice.totals.tax)),
        Sum(words["total"], reader.formats.amount(invoice.totals.gross), "total"),
    ]
    rows += [Sum(words["rounding"], rounding)] if rounding else []
    rows += [Sum(*insurer)] if insurer else []
    rows += [Sum(words["paid"], paid)] if paid else []
    if invoice.status != "void":
        rows.append(Sum(words["due"], reader.formats.amount(due), "due"))
    return tuple(rows)


def _unless_zero(amount: Money | None, reader: Reader) -> str | None:
    return reader.formats.bare(amount) if amount is not None and amount.amount_minor else None


def _insurer(invoice: Invoice, reader: Reader) -> Fact | None:
    """What insurers pay, which is not asked of the patient."""
    issued = issued_terms(invoice)
    if not issued.insurers:
        return None
    whole = total((claim.amount for claim in issued.insurers), invoice.currency)
    return reader.words["insurer_pays"].format(payer=names_of(issued)), reader.formats.bare(-whole)


def _plan(invoice: Invoice) -> tuple[Instalment, ...]:
    return () if invoice.status == "void" else invoice.instalments


def _agreed(invoice: Invoice, due: Money, reader: Reader) -> str:
    """Above the instalments; a plan that was made later says how much was open then."""
    planned = total((part.amount for part in invoice.instalments), invoice.currency)
    words = reader.words
    if planned == due:
        return words["instalments"]
    return words["instalments_of"].format(amount=reader.formats.amount(planned))


def _facts(invoice: Invoice, supplements: str | None, reader: Reader) -> tuple[Fact, ...]:
    words, formats = reader.words, reader.formats
    provider, birth = invoice.provider, invoice.buyer.birth_date
    days = [line.performed_on for line in invoice.lines]
    return known(
        (words["number"], invoice.number),
        (words["supplement_to"], supplements),
        (words["issued_on"], formats.day(invoice.issued_on) if invoice.issued_on else None),
        (words["due_on"], formats.day(invoice.due_on) if invoice.due_on and invoice.status != "void" else None),
        (words["session"], formats.days(days) if days else None),
        (words["provider"], provider.name if provider else None),
        (words["npi"], provider.npi if provider else None),
        (words["patient"], invoice.buyer.name),
        (words["birth_date"], formats.day(birth) if birth else None),
    )


def _request(invoice: Invoice, due: Money, reader: Reader) -> str:
    match invoice.status:
        case "void":
            return reader.words["is_void"]
        case "draft":
            return reader.words["is_draft"]
        case _:
            return payment.request(invoice, due, reader)


def _discounts(invoice: Invoice, reader: Reader) -> str | None:
    """What all the lines' allowances come to; the net amounts are after them (BT-131)."""
    granted = invoice.totals.discounts
    if not granted or not granted.amount_minor:
        return None
    return reader.words["discounts"].format(amount=reader.formats.amount(granted))


def _previous(invoice: Invoice, reader: Reader) -> tuple[Fact, ...]:
    """What was open before this visit, by whom it is owed, and what was paid and not used; also that nothing was.

    An invoice from before such balances were told says nothing of them.
    """
    if invoice.status == "void":
        return ()
    facts = tuple(fact for balance in invoice.previous_balances for fact in _balance(balance, reader))
    if facts or invoice.issued is None:
        return facts
    return ((reader.words["you_owe"], reader.formats.amount(Money(0, invoice.currency))),)


def _balance(balance: CurrencyBalance, reader: Reader) -> list[Fact]:
    words, amount = reader.words, reader.formats.amount
    owed = [(_owes(payer, reader), payer.open) for payer in balance.payers] or [(words["you_owe"], balance.open)]
    facts = [(name, amount(due)) for name, due in owed if due.amount_minor]
    return facts + ([(words["credit"], amount(-balance.credit))] if balance.credit.amount_minor else [])


def _owes(payer: PayerBalance, reader: Reader) -> str:
    if payer.part == "patient":
        return reader.words["you_owe"]
    return payer.payer_name or payer.payer_id or reader.words["insurer"]
