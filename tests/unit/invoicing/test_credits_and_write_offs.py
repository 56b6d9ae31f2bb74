"""Whatever happens to a finalized invoice: its content stays, its sums are right, and its state follows from them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import TABLE, Command, archive, edit, finalize, redraft, void
from invoicing.domain.invoice.payers import patient_due_minor
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.receivables.instalments import plan
from invoicing.domain.receivables.write_off import write_off

from kernel.change import Change
from kernel.errors import BusinessError, Conflict, IllegalTransition
from kernel.money import Money
from tests.parts.sessions import COMPOSITE, CROWN, material, procedure
from tests.unit.invoicing.examples import (
    AT,
    GROSS_MINOR,
    MANAGER,
    NOW,
    allocated,
    clinic,
    drafted,
    finalized,
    in_state,
    payment,
    voided_later,
)

DAY = date(2026, 11, 20)
PAGE = Path(__file__).parents[3] / "docs" / "services" / "invoicing.md"


class Ledger:
    """One invoice with its credit notes and its payments, as commands come."""

    def __init__(self) -> None:
        self.invoice = finalized(
            procedures=[procedure(), procedure(CROWN, 2)], materials=[material(quantity="3"), material(COMPOSITE, 2)]
        )
        self.notes: list[CreditNote] = []
        self.paid: dict[str, int] = {}

    def pay(self, which: int, amount_minor: int) -> None:
        self.paid[f"pay-{which}"] = amount_minor
        payments = [payment(self.invoice, minor, id_) for id_, minor in self.paid.items()]
        self.invoice = allocated(self.invoice, payments, NOW)

    def credit(self, which: int, amount_minor: int) -> None:
        lines = self.invoice.lines
        asks = None if which == 0 else [LineCredit(lines[which % len(lines)].line_id, net_minor=amount_minor or None)]
        note = credit_note(self.invoice, self.notes, asks, f"CN-{len(self.notes) + 1}", DAY, NOW)
        self.invoice = credit(self.invoice, note, NOW).state
        self.notes.append(note)

    def do(self, command: Callable[[Invoice], Invoice]) -> None:
        self.invoice = command(self.invoice)


COMMANDS: dict[str, Callable[[Ledger, int, int], None]] = {
    "pay": lambda ledger, which, minor: ledger.pay(which, minor),
    "credit": lambda ledger, which, minor: ledger.credit(which, minor),
    "write off": lambda ledger, which, minor: ledger.do(lambda i: write_off(i, NOW).state),
    "archive": lambda ledger, which, minor: ledger.do(lambda i: archive(i, NOW).state),
    "void": lambda ledger, which, minor: ledger.do(lambda i: void(i, NOW).state),
    "mark": lambda ledger, which, minor: ledger.do(lambda i: voided_later(i, NOW, which + 2, ledger.notes)),
    "plan": lambda ledger, which, minor: ledger.do(lambda i: plan(i, [(DAY, patient_due_minor(i))], NOW).state),
    "edit": lambda ledger, which, minor: ledger.do(lambda i: edit(i, NOW, note="x", due_on=None).state),
    "redraft": lambda ledger, which, minor: ledger.do(lambda i: redraft(i, drafted(version=9), NOW)),
    "finalize": lambda ledger, which, minor: ledger.do(lambda i: finalize(i, clinic(name="Another"), "B-2", NOW).state),
}
STEPS = st.tuples(
    st.sampled_from(sorted(COMMANDS)), st.integers(0, 4), st.integers(0, 100_000) | st.sampled_from([84_884])
)


@given(st.lists(STEPS, max_size=12))
def test_no_sequence_of_commands_changes_the_content_or_breaks_the_sums(steps: list[tuple[str, int, int]]) -> None:
    ledger = Ledger()
    first = ledger.invoice
    for name, which, amount_minor in steps:
        before = ledger.invoice
        try:
            COMMANDS[name](ledger, which, amount_minor)
        except BusinessError:
            assert ledger.invoice is before
        after = ledger.invoice
        for fixed in ("lines", "tax", "buyer", "seller", "number", "issued_on", "due_on", "note", "provider"):
            assert getattr(after, fixed) == getattr(first, fixed)
        _sums_and_state_agree(after, ledger.notes)


def _sums_and_state_agree(invoice: Invoice, notes: list[CreditNote]) -> None:
    totals = invoice.totals
    given_up = totals.written_off.amount_minor if totals.written_off else 0
    credited, paid = totals.credited.amount_minor, totals.paid.amount_minor
    assert totals.due.amount_minor == asked_minor(totals) - paid - credited - given_up >= 0
    assert min(given_up, credited, paid) >= 0
    assert (
        credited
        == sum(n.amount.amount_minor for n in notes)
        == sum(n.amount.amount_minor for n in invoice.credit_notes)
    )
    assert paid == sum(a.amount.amount_minor for a in invoice.allocations)
    if invoice.status != "void":
        assert (totals.due.amount_minor > 0) == (invoice.status == "finalized")
        assert (given_up > 0 and totals.due.amount_minor == 0) == (invoice.status == "written_off")
    assert (invoice.paid_at is None) == (invoice.paid_by is None) == (invoice.status not in ("paid", "archived"))
    assert (invoice.archived_at is None) == (invoice.archived_by is None) == (invoice.status != "archived")
    assert (invoice.voided_at is None) == (invoice.voided_by is None) == (invoice.status != "void")


def test_a_payment_of_what_was_written_off_still_counts_and_a_refund_opens_it_again() -> None:
    gone = in_state("written_off")
    assert (gone.totals.written_off, gone.totals.due) == (Money(GROSS_MINOR, "EUR"), Money(0, "EUR"))
    part = allocated(gone, [payment(gone, 1_000)], NOW)
    assert (part.status, part.totals.written_off) == ("written_off", Money(GROSS_MINOR - 1_000, "EUR"))
    whole = allocated(part, [payment(gone, GROSS_MINOR)], NOW)
    assert (whole.status, whole.totals.written_off, whole.totals.due) == ("paid", Money(0, "EUR"), Money(0, "EUR"))
    one_paid = allocated(finalized(), [payment(finalized(), 1_000)], NOW)
    refunded = allocated(write_off(one_paid, NOW).state, [], NOW)
    assert (refunded.status, refunded.totals.due) == ("finalized", Money(1_000, "EUR"))
    again = write_off(refunded, NOW).state
    assert (again.status, again.totals.written_off) == ("written_off", Money(GROSS_MINOR, "EUR"))


def test_writing_off_says_how_much_who_when_and_why() -> None:
    given_up = write_off(finalized(), NOW).state.write_off
    assert given_up is not None
    assert (given_up.amount, given_up.by, given_up.at, given_up.reason) == (
        Money(GROSS_MINOR, "EUR"),
        MANAGER,
        NOW.at,
        "because",
    )
    with pytest.raises(BusinessError) as refused:
        write_off(finalized(), Change(AT, MANAGER))
    assert (refused.value.code, refused.value.field) == ("reason-missing", "/reason")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([(date(2026, 12, 1), 1)], "instalments-sum"),
        ([(date(2026, 12, 1), 3_214), (date(2026, 12, 1), 10_000)], "instalment-order"),
        ([(date(2026, 12, 2), 3_214), (date(2026, 12, 1), 10_000)], "instalment-order"),
    ],
)
def test_instalments_ascend_and_sum_to_the_total(parts: list[tuple[date, int]], code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        plan(finalized(), parts, NOW)
    assert refused.value.code == code


def test_a_planned_invoice_is_due_with_its_last_instalment_and_a_plan_can_be_taken_away() -> None:
    parts = [(date(2026, 12, 1), 3_214), (date(2027, 1, 1), 10_000)]
    planned = plan(drafted(), parts, NOW).state
    assert [(p.number, p.due_on, p.amount.amount_minor) for p in planned.instalments] == [
        (1, date(2026, 12, 1), 3_214),
        (2, date(2027, 1, 1), 10_000),
    ]
    final = finalize(planned, clinic(), "B-1", NOW).state
    assert (final.due_on, final.instalments) == (date(2027, 1, 1), planned.instalments)
    assert plan(final, [], NOW).state.instalments == ()


def test_a_plan_that_no_longer_sums_to_the_total_is_planned_again_before_finalizing() -> None:
    planned = plan(drafted(), [(date(2026, 12, 1), GROSS_MINOR)], NOW).state
    dearer = replace(planned, totals=replace(planned.totals, gross=Money(GROSS_MINOR + 1, "EUR")))
    with pytest.raises(Conflict) as refused:
        finalize(dearer, clinic(), "B-1", NOW)
    assert refused.value.code == "instalments-differ"


def test_what_is_credited_in_part_is_not_voided() -> None:
    invoice = finalized()
    note = credit_note(invoice, [], [LineCredit(invoice.lines[0].line_id, net_minor=1)], "CN-1", DAY, NOW)
    with pytest.raises(Conflict) as refused:
        void(credit(invoice, note, NOW).state, NOW)
    assert refused.value.code == "invoice-has-credit-notes"


def test_an_address_that_changes_later_leaves_the_invoice_alone() -> None:
    before = finalized(patient={"patient_id": "pat-77", "name": "Łucja Øster", "address": {"city": "Berlin"}})
    assert before.buyer.address is not None
    assert before.seller is not None
    moved = {"patient_id": "pat-77", "name": "Łucja Øster", "address": {"city": "Hamburg"}}
    with pytest.raises(IllegalTransition):
        redraft(before, drafted(patient=moved, version=2), NOW)
    marked = voided_later(before)
    assert (marked.buyer.address, marked.seller) == (before.buyer.address, before.seller)


def test_the_diagram_of_the_page_moves_as_the_table_does() -> None:
    moves = set(re.findall(r"^ +(\w+) --> (\w+): ", PAGE.read_text(), re.MULTILINE))
    assert {state for move in moves for state in move} == {*TABLE}
    by_command = {
        "void": Command.VOID,
        "archived": Command.ARCHIVE,
        "credited": Command.CREDIT,
        "written_off": Command.WRITE_OFF,
    }
    for state, command in by_command.items():
        assert {before for before, after in moves if after == state} == {s for s in TABLE if command in TABLE[s]}
    assert ("draft", "finalized") in moves
    for before in (s for s in TABLE if Command.ALLOCATE in TABLE[s] and s not in ("credited", "no_charge")):
        assert before == "finalized" or (before, "finalized") in moves, "a refund opens it"


def test_the_page_has_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE.read_text(), re.MULTILINE)
    documented = {
        state: {name.strip() for name in commands.split(",") if name.strip() != "nothing"} for state, commands in rows
    }
    assert documented == {state: {str(command) for command in commands} for state, commands in TABLE.items()}
