"""Every command in every state: allowed, with the whole new state, or refused with the one error there is for that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from invoicing.domain.clinics.clinic import BankAccount
from invoicing.domain.drafts.drafting import invoice_id_of
from invoicing.domain.drafts.manual_prices import waive
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit, credit_note
from invoicing.domain.invoice.events import InvoiceFinalized, InvoiceRevised
from invoicing.domain.invoice.invoice import Allocation, Invoice, IssuedTerms
from invoicing.domain.invoice.lifecycle import TABLE, Command, allow, archive, edit, finalize, redraft, repriced, void
from invoicing.domain.invoice.parties import Seller
from invoicing.domain.invoice.payment_reference import payment_reference
from invoicing.domain.pricing.terms import Terms
from invoicing.domain.receivables.allocation import allocate_account
from invoicing.domain.receivables.instalments import plan
from invoicing.domain.receivables.write_off import write_off

from kernel.change import Change
from kernel.errors import Conflict, IllegalTransition
from kernel.money import Money
from tests.parts.sessions import COMPOSITE, GLOVES, item, material
from tests.unit.invoicing.examples import (
    AT,
    GROSS_MINOR,
    LATER,
    MANAGER,
    NOW,
    allocated,
    clinic,
    drafted,
    finalized,
    in_state,
    paid,
    payment,
    terms,
    voided_later,
)

ALLOWED = {
    "draft": {Command.EDIT, Command.PLAN, Command.FINALIZE, Command.VOID},
    "finalized": {
        Command.ALLOCATE,
        Command.PLAN,
        Command.CREDIT,
        Command.WRITE_OFF,
        Command.VOID,
        Command.MARK,
    },
    "paid": {Command.ALLOCATE, Command.CREDIT, Command.ARCHIVE, Command.MARK},
    "no_charge": {Command.ALLOCATE, Command.ARCHIVE, Command.VOID, Command.MARK},
    "archived": {Command.ALLOCATE, Command.CREDIT, Command.MARK},
    "credited": {Command.ALLOCATE, Command.MARK},
    "written_off": {Command.ALLOCATE, Command.CREDIT, Command.MARK},
    "void": {Command.MARK},
}


def credited(invoice: Invoice) -> CreditNote:
    return credit_note(invoice, [], [LineCredit(invoice.lines[0].line_id)], "CN-1", date(2026, 11, 20), NOW)


CALLS: list[tuple[Command, Callable[[Invoice], Invoice]]] = [
    (Command.EDIT, lambda invoice: edit(invoice, NOW, note="hello", due_on=None).state),
    (Command.EDIT, lambda invoice: redraft(invoice, drafted(), NOW)),
    (Command.EDIT, lambda invoice: repriced(invoice, drafted(), NOW).state),
    (Command.PLAN, lambda invoice: plan(invoice, [(date(2026, 12, 1), GROSS_MINOR)], NOW).state),
    (Command.CREDIT, lambda invoice: credit(invoice, credited(invoice), NOW).state),
    (Command.WRITE_OFF, lambda invoice: write_off(invoice, NOW).state),
    (Command.FINALIZE, lambda invoice: finalize(invoice, clinic(), "B-2", NOW).state),
    (Command.ALLOCATE, lambda invoice: allocated(invoice, [payment(invoice, 1)], NOW)),
    (Command.ARCHIVE, lambda invoice: archive(invoice, NOW).state),
    (Command.VOID, lambda invoice: void(invoice, NOW).state),
    (Command.MARK, lambda invoice: voided_later(invoice)),
]


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize(("command", "call"), CALLS)
def test_every_command_in_every_state_is_allowed_or_an_illegal_transition(
    state: str, command: Command, call: Callable[[Invoice], Invoice]
) -> None:
    before = in_state(state)
    if command in ALLOWED[state]:
        after = call(before)
        if command is Command.ALLOCATE and state in ("credited", "no_charge"):
            assert after is before, "no payment counts towards what is credited, or costs nothing"
            return
        assert (after.version, after.changed_at, after.changed_by) == (before.version + 1, LATER, MANAGER)
    else:
        with pytest.raises(IllegalTransition) as refused:
            call(before)
        assert refused.value.message == f"invoice {before.invoice_id} is {state}: it cannot {command}"


@pytest.mark.parametrize(
    "free",
    [
        {"known": terms(item("D2391", 0))},
        {"known": terms(item("D2391", 12_500)), "waived": True},
    ],
    ids=["priced at nothing", "waived"],
)
def test_an_invoice_of_nothing_is_no_charge_and_nobody_paid(free: dict[str, Any]) -> None:
    draft = drafted(free["known"], materials=[])
    if "waived" in free:
        draft = waive(draft, draft.lines[0].line_id, free["known"], Change(LATER, MANAGER, "under warranty")).state
    final = finalize(draft, clinic(), "B-1", NOW)
    assert final.events == (InvoiceFinalized(final.state),)
    assert (final.state.status, final.state.paid_at, final.state.paid_by) == ("no_charge", None, None)
    assert allocate_account([final.state], [], NOW).events == ()
    some = [payment(final.state, 500)]
    assert allocate_account([final.state], some, NOW).events == (), "what somebody pays for it is credit"
    archived = archive(final.state, NOW).state
    assert allocated(archived, [], NOW) is archived
    assert (archived.status, archived.paid_at) == ("archived", None)
    assert void(final.state, NOW).state.status == "void"


def test_an_invoice_of_nothing_from_before_is_no_charge_when_its_account_is_settled_again() -> None:
    free = finalize(drafted(terms(item("D2391", 0)), materials=[]), clinic(), "B-1", NOW).state
    before = replace(free, status="paid", paid_at=LATER, paid_by=MANAGER)
    [event] = allocate_account([before], [], NOW).events
    assert event == InvoiceRevised(changed(free))


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize("command", Command)
def test_the_table_has_a_row_for_every_state_and_no_command_that_is_not_tested(state: str, command: Command) -> None:
    assert command in {tested for tested, _ in CALLS}
    assert TABLE.keys() == ALLOWED.keys()
    if command in ALLOWED[state]:
        allow(in_state(state), command)
    else:
        with pytest.raises(IllegalTransition):
            allow(in_state(state), command)


def changed(before: Invoice, **fields: object) -> Invoice:
    stamp = {"version": before.version + 1, "changed_at": LATER, "changed_by": MANAGER, "reason": "because"}
    return replace(before, **{**stamp, **fields})  # type: ignore[arg-type]


def test_an_edit_changes_note_and_due_date_and_nothing_else() -> None:
    draft = drafted()
    after = edit(draft, NOW, note="pays on Friday", due_on=date(2026, 12, 24)).state
    assert after == changed(draft, note="pays on Friday", due_on=date(2026, 12, 24))


def test_finalizing_fixes_number_seller_and_dates() -> None:
    draft = drafted()
    seller = Seller("clinic-berlin", "Zahnarztpraxis am Markt", clinic().address, "DE1", "a@example.org", "030", BANK)
    known = clinic(tax_id="DE1", email="a@example.org", phone="030", bank_account={"iban": "DE89"})
    assert finalize(draft, known, "B-17", NOW).state == changed(
        draft,
        status="finalized",
        number="B-17",
        seller=seller,
        issued_on=date(2026, 11, 20),
        due_on=date(2026, 12, 4),
        finalized_at=LATER,
        finalized_by=MANAGER,
        payment_reference=payment_reference("clinic-berlin", "B-17"),
        issued=IssuedTerms((), Money(0, "EUR"), Money(GROSS_MINOR, "EUR")),
    )


BANK = BankAccount(iban="DE89")


def test_an_invoice_is_issued_on_the_clinics_day_and_due_by_its_terms() -> None:
    last_evening = Change(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), MANAGER)
    issued = finalize(drafted(), clinic(payment_terms_days=30), "B-1", last_evening).state
    assert (issued.issued_on, issued.due_on) == (date(2027, 1, 1), date(2027, 1, 31))


def test_a_due_date_that_a_person_set_stays() -> None:
    edited = edit(drafted(), NOW, note=None, due_on=date(2026, 12, 24)).state
    assert finalize(edited, clinic(), "B-1", NOW).state.due_on == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("known", "code"),
    [(Terms(None, None, "EUR"), "clinic-not-configured"), (terms(item("D1", 1)), "unpriced")],
)
def test_a_draft_that_lacks_something_is_not_finalized_and_says_what(known: Terms, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        finalize(drafted(known), clinic(), "B-1", NOW)
    assert refused.value.code == code


def test_a_corrected_session_replaces_the_content_and_keeps_what_a_person_wrote() -> None:
    noted = edit(drafted(), NOW, note="pays on Friday", due_on=date(2026, 12, 24)).state
    fresh = drafted(version=2, materials=[material(GLOVES), material(COMPOSITE, 2)])
    assert redraft(noted, fresh, NOW) == changed(
        fresh, version=3, note="pays on Friday", due_on=date(2026, 12, 24), drafted_at=AT
    )


def test_a_later_word_marks_the_invoice_once_and_leaves_the_content_as_it_is() -> None:
    invoice = finalized()
    once = voided_later(invoice)
    assert once == changed(invoice, problems=("session-voided",), session_version=2, proposals=once.proposals)
    twice = voided_later(once, version=3)
    assert (twice.problems, twice.proposals, twice.session_version) == (once.problems, once.proposals, 3)


def test_a_payment_of_some_of_it_leaves_the_rest_due() -> None:
    invoice = finalized()
    assert allocated(invoice, [payment(invoice, 5_000)], NOW) == changed(
        invoice,
        allocations=(Allocation("pay-1", Money(5_000, "EUR"), "card", AT),),
        totals=replace(invoice.totals, paid=Money(5_000, "EUR"), due=Money(GROSS_MINOR - 5_000, "EUR")),
    )


def test_a_payment_of_all_of_it_makes_it_paid() -> None:
    invoice = finalized()
    assert allocated(invoice, [payment(invoice, GROSS_MINOR)], NOW) == changed(
        invoice,
        status="paid",
        paid_at=LATER,
        paid_by=MANAGER,
        allocations=(Allocation("pay-1", Money(GROSS_MINOR, "EUR"), "card", AT),),
        totals=replace(invoice.totals, paid=Money(GROSS_MINOR, "EUR"), due=Money(0, "EUR")),
    )


@pytest.mark.parametrize("state", ["paid", "archived"])
def test_a_refund_opens_a_paid_or_archived_invoice_again(state: str) -> None:
    before = in_state(state)
    after = allocated(before, [payment(before, GROSS_MINOR - 714)], NOW)
    assert (after.status, after.paid_at, after.archived_at) == ("finalized", None, None)
    assert after.totals.due == Money(714, "EUR")


def test_an_archived_invoice_whose_payment_is_replaced_stays_archived() -> None:
    before = in_state("archived")
    after = allocated(before, [payment(before, GROSS_MINOR, "pay-2")], NOW)
    assert (after.status, after.archived_at, after.paid_at) == ("archived", AT, AT)
    assert [a.payment_id for a in after.allocations] == ["pay-2"]


def test_what_changes_nothing_is_no_new_version() -> None:
    for invoice in (finalized(), paid(), in_state("archived")):
        known = [payment(invoice, invoice.totals.paid.amount_minor)]
        assert allocated(invoice, known, NOW) is invoice


def test_an_invoice_with_payments_is_credited_and_refunded_instead_of_voided() -> None:
    invoice = finalized()
    part_paid = allocated(invoice, [payment(invoice, 1)], NOW)
    with pytest.raises(Conflict) as refused:
        void(part_paid, NOW)
    assert refused.value.code == "invoice-has-payments"
    assert void(invoice, NOW).state == changed(invoice, status="void", voided_at=LATER, voided_by=MANAGER)


def test_archiving_and_voiding_say_when_and_who() -> None:
    assert archive(paid(), NOW).state == changed(paid(), status="archived", archived_at=LATER, archived_by=MANAGER)
    assert void(drafted(), NOW, 5).state == changed(
        drafted(), status="void", voided_at=LATER, voided_by=MANAGER, session_version=5
    )


def test_one_session_has_one_invoice_whoever_asks() -> None:
    assert drafted().invoice_id == invoice_id_of("clinic-berlin", "ses-1") == drafted(version=9).invoice_id
    assert invoice_id_of("clinic-berlin", "ses-1") != invoice_id_of("clinic-hamburg", "ses-1")
