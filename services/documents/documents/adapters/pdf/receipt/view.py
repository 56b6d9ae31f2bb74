"""What is on the receipt of a payment or refund, as text in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from documents.adapters.pdf.grids import Column, Grid, Sum
from documents.adapters.pdf.parties import Fact, Letterhead, Reader, known, letterhead, reader_of, recipient_lines
from documents.adapters.pdf.sheets import Sheet, Size, sheet_for
from documents.facts import ReceiptFacts, ReceiptSheets
from kernel.money import Money

TEMPLATE = "receipt/2"
"""2 has no empty table where nothing is paid of an invoice, and says who gave a refund."""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """Everything the templates show. `slip`: on the paper of a till's printer."""

    words: Mapping[str, str]
    slip: bool
    title: str
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    says: str
    grid: Grid
    reason: tuple[str, ...]
    sheet: Sheet


def receipt_view(shown: ReceiptSheets) -> ReceiptView:
    receipt = shown.receipt
    home = receipt.seller.address.country if receipt.seller else None
    reader = reader_of(receipt.buyer.locale if receipt.buyer else None, home)
    words = reader.words
    title = words["refund_receipt"] if receipt.refund_of else words["receipt"]
    says = words["refunded_text"] if receipt.refund_of else words["received_text"]
    head = letterhead(receipt.seller, reader, receipt.clinic)
    size: Size | None = "80mm" if shown.slip else None
    return ReceiptView(
        words=words,
        slip=shown.slip,
        title=title,
        head=head,
        recipient=recipient_lines(receipt.buyer, reader) if receipt.buyer else (),
        facts=_facts(receipt, reader),
        says=says.format(amount=reader.formats.amount(receipt.amount)),
        grid=_grid(receipt, reader, slip=shown.slip),
        reason=tuple((receipt.reason or "").splitlines()),
        sheet=sheet_for(reader, head, f"{title} {receipt.number}", receipt.at, size=size),
    )


def _facts(receipt: ReceiptFacts, reader: Reader) -> tuple[Fact, ...]:
    words = reader.words
    payer = words["insurer"] if receipt.payer_id else None
    return known(
        (words["receipt_number"], receipt.number),
        (words["refund_of"], receipt.refund_of),
        (words["paid_on"], reader.formats.moment(receipt.at, receipt.time_zone)),
        (words["method"], words[f"method_{receipt.method}"]),
        (words["transfer_text"], receipt.reference),
        (words["payer"], f"{payer} {receipt.payer_id}" if payer else None),
        (words["patient"], receipt.buyer.name if receipt.buyer else None),
        (words["given_by" if receipt.refund_of else "taken_by"], receipt.taken_by),
    )


def _grid(receipt: ReceiptFacts, reader: Reader, *, slip: bool) -> Grid:
    """The invoices that it counts towards, where there are any, then the money."""
    words, formats = reader.words, reader.formats
    columns = (
        Column(words["number"], "text"),
        Column("" if slip else words["issued_on"]),
        Column(words["counts"], "amount"),
        Column(words["left_to_pay"], "amount"),
    )
    rows = tuple(
        (
            each.number,
            formats.day(each.issued_on) if each.issued_on and not slip else "",
            formats.bare(each.amount),
            formats.bare(each.left),
        )
        for each in receipt.served
    )
    aside = words["all_amounts_in"].format(currency=receipt.amount.currency)
    return Grid(columns if rows else (), rows, _sums(receipt, reader), (aside,))


def _sums(receipt: ReceiptFacts, reader: Reader) -> tuple[Sum, ...]:
    words, formats = reader.words, reader.formats
    label, amount = (words["refunded"], -receipt.amount) if receipt.refund_of else (words["received"], receipt.amount)
    before = ((words["unused"], receipt.unused),)
    after = (
        (words["rounding"], _rounding(receipt)),
        (words["tendered"], receipt.tendered),
        (words["change"], receipt.change),
    )
    return (
        *(Sum(name, formats.bare(value)) for name, value in before if value is not None),
        Sum(label, formats.amount(amount), "due"),
        *(Sum(name, formats.bare(value)) for name, value in after if value is not None),
    )


def _rounding(receipt: ReceiptFacts) -> Money | None:
    """With the sign of the amount as it is shown; None for nothing."""
    if receipt.rounding is None or receipt.rounding.amount_minor == 0:
        return None
    return -receipt.rounding if receipt.refund_of else receipt.rounding
