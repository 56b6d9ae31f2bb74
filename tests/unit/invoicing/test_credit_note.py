"""Credit notes: by line, by quantity, by amount, in any parts, never more than there was."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.totals import asked_minor
from invoicing.publishing import snapshot

from contracts.invoicing import CreditNoteIssued
from kernel.errors import BusinessError, Conflict
from kernel.money import Money
from tests.parts.sessions import material, procedure
from tests.unit.invoicing.examples import GROSS_MINOR, MANAGER, NOW, allocated, finalized, in_state, paid, payment

DAY = date(2026, 11, 20)


def credited(invoice: Invoice, notes: list[CreditNote], *asks: LineCredit) -> tuple[Invoice, list[CreditNote]]:
    note = credit_note(invoice, notes, asks or None, f"CN-{len(notes) + 1}", DAY, NOW)
    return credit(invoice, note, NOW).state, [*notes, note]


def test_a_full_credit_note_takes_back_all_and_says_whose_it_is() -> None:
    before = finalized()
    after, [note] = credited(before, [])
    assert (after.status, after.totals.credited, after.totals.due) == (
        "credited",
        Money(GROSS_MINOR, "EUR"),
        Money(0, "EUR"),
    )
    assert (note.amount.amount_minor, note.net.amount_minor, note.tax) == (GROSS_MINOR, 13_100, before.tax)
    assert (note.buyer, note.seller, note.invoice_number) == (before.buyer, before.seller, "B-1")
    assert [(line.line_id, line.quantity, line.net) for line in note.lines] == [
        (line.line_id, line.quantity, line.net) for line in before.lines
    ]
    [ref] = after.credit_notes
    assert (ref.number, ref.amount, ref.issued_on, ref.at, ref.by) == ("CN-1", note.amount, DAY, NOW.at, MANAGER)


def test_a_paid_invoice_gives_what_it_needs_no_more_back_to_the_account() -> None:
    before = paid()
    after, _ = credited(before, [], LineCredit(before.lines[1].line_id))
    assert (after.status, after.totals.paid, after.totals.credited) == (
        "paid",
        Money(12_500, "EUR"),
        Money(714, "EUR"),
    )
    refunded = allocated(after, [payment(after, 12_500)], NOW)
    assert refunded is after
    short = allocated(after, [payment(after, 12_000)], NOW)
    assert (short.status, short.totals.due) == ("finalized", Money(500, "EUR"))


def test_crediting_what_was_still_due_makes_the_rest_paid() -> None:
    open_ = finalized()
    part_paid = allocated(open_, [payment(open_, 12_500)], NOW)
    after, _ = credited(part_paid, [], LineCredit(open_.lines[1].line_id))
    assert (after.status, after.paid_by, after.totals.due) == ("paid", MANAGER, Money(0, "EUR"))


def test_what_is_written_off_can_be_credited() -> None:
    after, _ = credited(in_state("written_off"), [])
    assert (after.status, after.totals.written_off) == ("credited", Money(0, "EUR"))


def test_by_quantity_the_last_part_is_what_is_left() -> None:
    invoice, notes = finalized(procedures=[procedure()], materials=[material(quantity="0.7")]), list[CreditNote]()
    line = invoice.lines[1]
    assert line.net == Money(840, "EUR")
    for quantity, net_minor in (("0.25", 300), ("0.25", 300), ("0.2", 240)):
        invoice, notes = credited(invoice, notes, LineCredit(line.line_id, quantity=quantity))
        assert (notes[-1].lines[0].net, notes[-1].lines[0].edited) == (Money(net_minor, "EUR"), False)
    with pytest.raises(BusinessError) as refused:
        credited(invoice, notes, LineCredit(line.line_id, quantity="0.01"))
    assert (refused.value.code, refused.value.field) == ("more-than-left", "/lines/0")


@pytest.mark.parametrize(
    ("ask", "code", "field"),
    [
        (LineCredit("procedure:p-9"), "line-unknown", "/lines/0/line_id"),
        (LineCredit("procedure:p-1", quantity="1.01"), "more-than-left", "/lines/0/quantity"),
        (LineCredit("procedure:p-1", net_minor=12_501), "more-than-left", "/lines/0/net"),
    ],
)
def test_what_cannot_be_credited_is_named(ask: LineCredit, code: str, field: str) -> None:
    with pytest.raises(BusinessError) as refused:
        credited(finalized(), [], ask)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_one_note_does_not_take_a_line_twice() -> None:
    with pytest.raises(BusinessError) as refused:
        credited(finalized(), [], LineCredit("procedure:p-1"), LineCredit("procedure:p-1", net_minor=1))
    assert (refused.value.code, refused.value.field) == ("more-than-left", "/lines/1")


LINES = ("procedure:p-1", "material:m-1", "material:m-2", "material:m-3")
ASKS = st.builds(
    LineCredit, st.sampled_from(LINES), st.none() | st.sampled_from(["0.1", "0.3", "1", "2"]), st.none()
) | st.builds(LineCredit, st.sampled_from(LINES), st.none(), st.integers(1, 3_000))


@given(st.lists(st.lists(ASKS, min_size=1, max_size=2), max_size=12))
def test_in_whatever_parts_it_is_credited_the_notes_sum_to_the_invoice(parts: list[list[LineCredit]]) -> None:
    materials = [material(nth=nth, quantity=quantity) for nth, quantity in ((1, "0.7"), (2, "3"), (3, "1.11"))]
    invoice, notes = finalized(materials=materials), list[CreditNote]()
    for asks in [*parts, []]:
        try:
            invoice, notes = credited(invoice, notes, *asks)
        except Conflict:
            break
        except BusinessError:
            continue
        assert invoice.totals.due.amount_minor >= 0
        assert all(group.tax.amount_minor >= 0 for group in notes[-1].tax)
        assert notes[-1].amount == notes[-1].net + notes[-1].tax[0].tax + _rest_of_tax(notes[-1])
    taken: Counter[tuple[str, str]] = Counter()
    for note in notes:
        taken.update({(g.category, g.rate): g.tax.amount_minor for g in note.tax})
    assert {key: minor for key, minor in taken.items() if minor} == {
        (g.category, g.rate): g.tax.amount_minor for g in invoice.tax if g.tax.amount_minor
    }
    assert sum(n.amount.amount_minor for n in notes) == asked_minor(invoice.totals)
    assert sum(n.net.amount_minor for n in notes) == invoice.totals.net.amount_minor
    assert invoice.status == "credited"


def _rest_of_tax(note: CreditNote) -> Money:
    return Money(sum(group.tax.amount_minor for group in note.tax[1:]), note.currency)


def test_a_credit_note_reads_as_its_event_without_loss() -> None:
    _, [note] = credited(finalized(), [])
    read = CreditNoteIssued.model_validate_json(snapshot(note))
    assert read.model_fields_set == CreditNoteIssued.model_fields.keys()
    assert CreditNoteIssued.model_validate_json(read.model_dump_json()) == read
