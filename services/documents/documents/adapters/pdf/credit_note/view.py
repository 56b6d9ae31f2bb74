"""What is on a credit note (EN 16931 type code 381), as text in the reader's language: its sums are below zero."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.invoicing import CreditNoteIssued
from contracts.invoicing.sums import PayerAmount
from documents.adapters.pdf.grids import Grid, Sum
from documents.adapters.pdf.lines import line_views, lines_grid, tax_views
from documents.adapters.pdf.parties import Fact, Letterhead, Reader, known, letterhead, reader_of, recipient_lines
from documents.adapters.pdf.sheets import Sheet, sheet_for
from documents.facts import CreditNoteFacts
from kernel.money import total

TEMPLATE = "credit_note/1"


@dataclass(frozen=True, slots=True)
class CreditNoteView:
    """Everything the template shows."""

    words: Mapping[str, str]
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    takes_back: str
    grid: Grid
    shares: tuple[Fact, ...]
    reason: tuple[str, ...]
    sheet: Sheet


def credit_note_view(shown: CreditNoteFacts) -> CreditNoteView:
    """Raises ValueError where it is not told whom it is from and for."""
    note = shown.credit_note
    if note.seller is None or note.buyer is None:
        raise ValueError(f"{note.credit_note_id} names no clinic or no patient")
    reader = reader_of(note.buyer.locale, note.seller.address.country)
    head = letterhead(note.seller, reader)
    return CreditNoteView(
        words=reader.words,
        head=head,
        recipient=recipient_lines(note.buyer, reader),
        facts=_facts(shown, reader),
        takes_back=_takes_back(shown, reader),
        grid=_grid(note, reader),
        shares=_shares(note, reader),
        reason=tuple(note.reason.splitlines()),
        sheet=sheet_for(reader, head, f"{reader.words['credit_note']} {note.number}", note.changed_at),
    )


def _facts(shown: CreditNoteFacts, reader: Reader) -> tuple[Fact, ...]:
    note, words, day = shown.credit_note, reader.words, reader.formats.day
    birth = note.buyer.birth_date if note.buyer else None
    return known(
        (words["credit_note_number"], note.number),
        (words["issued_on"], day(note.issued_on)),
        (words["to_invoice"], note.invoice_number),
        (words["invoice_date"], day(shown.original_issued_on) if shown.original_issued_on else None),
        (words["patient"], note.buyer.name if note.buyer else None),
        (words["birth_date"], day(birth) if birth else None),
    )


def _takes_back(shown: CreditNoteFacts, reader: Reader) -> str:
    note = shown.credit_note
    return reader.words["takes_back"].format(amount=reader.formats.amount(note.amount), number=note.invoice_number)


def _grid(note: CreditNoteIssued, reader: Reader) -> Grid:
    words, bare = reader.words, reader.formats.bare
    tax = total((each.tax for each in note.tax), note.currency)
    sums = [Sum(words["subtotal"], bare(-note.net)), Sum(words["tax_total"], bare(-tax))] if note.net else []
    sums.append(Sum(words["credited"], reader.formats.amount(-note.amount), "due"))
    lines, taxes = line_views(note.lines, reader, -1), tax_views(note.tax, reader, -1)
    return lines_grid(lines, taxes, sums, [words["all_amounts_in"].format(currency=note.currency)], reader)


def _shares(note: CreditNoteIssued, reader: Reader) -> tuple[Fact, ...]:
    """Whose part it takes from, where that is not the patient's alone."""
    if all(payer.part == "patient" for payer in note.payers):
        return ()
    return tuple((_payer(payer, note, reader), reader.formats.amount(-payer.amount)) for payer in note.payers)


def _payer(payer: PayerAmount, note: CreditNoteIssued, reader: Reader) -> str:
    if payer.part == "patient" or note.buyer is None:
        return reader.words["patient"]
    covers = (note.buyer.coverage, note.buyer.secondary_coverage)
    names = {cover.payer_id: cover.payer_name for cover in covers if cover is not None}
    return names.get(payer.payer_id or "") or payer.payer_id or reader.words["insurer"]
