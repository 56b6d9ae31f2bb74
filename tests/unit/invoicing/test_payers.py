"""Who owes what: each payer's part is paid, open, credited or given up, and nobody's money settles another's part."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.insurance.split import WantedSplit, refused, split_by_hand
from invoicing.domain.invoice.bearers import told_apart
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import INSURER, PATIENT, Invoice, PayerShare
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.payers import THE_PATIENT, Payer, shares_of
from invoicing.domain.invoice.totals import asked_minor, line_costs
from invoicing.domain.receivables.account import Account, balance
from invoicing.domain.receivables.allocation import allocate_account
from invoicing.domain.receivables.payment import ReceivedPayment
from invoicing.domain.receivables.write_off import write_off

from kernel.errors import BusinessError
from kernel.money import Money
from tests.parts.sessions import COMPOSITE, CROWN, FILLING, item, material, procedure, taxed
from tests.unit.invoicing.examples import LATER, NOW, clinic, drafted, payment, terms

AOK: dict[str, Any] = {"patient": {"coverage": {"payer_id": "aok", "payer_name": "AOK"}}}
DAY = date(2026, 12, 24)
THE_AOK: Payer = (INSURER, "aok")


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def two_lines(insured: int = 6_000, other: int = 4_000) -> Invoice:
    """A line that the insurer pays all of, and one that the patient pays."""
    draft = drafted(
        terms(item(FILLING, insured), item(CROWN, other)),
        procedures=[procedure(), procedure(CROWN, 2)],
        materials=[],
        **AOK,
    )
    by_line = WantedSplit(lines={draft.lines[0].line_id: eur(insured)})
    return finalize(split_by_hand(draft, by_line, NOW).state, clinic(), "B-1", NOW).state


def credited(invoice: Invoice, *asks: LineCredit, before: tuple[CreditNote, ...] = ()) -> tuple[Invoice, CreditNote]:
    note = credit_note(invoice, before, asks or None, f"CN-{len(before) + 1}", DAY, NOW)
    return credit(invoice, note, NOW).state, note


def figures(invoice: Invoice) -> dict[Payer, tuple[int, int, int, int]]:
    """(part, paid, credited, open) of each payer."""
    return {
        (share.part, share.payer_id): (
            share.amount.amount_minor,
            share.paid.amount_minor,
            share.credited.amount_minor,
            share.open.amount_minor,
        )
        for share in shares_of(invoice)
    }


def account_of(invoices: list[Invoice], payments: list[ReceivedPayment]) -> Account:
    return balance("clinic-berlin", "pat-77", 1, invoices, payments, NOW, DAY)


def test_a_credited_line_takes_from_who_bore_it_and_the_patient_is_asked_for_theirs() -> None:
    invoice = two_lines()
    insurers = payment(invoice, 6_000, part="insurer")
    [paid] = allocate_account([invoice], [insurers], NOW).state
    after, note = credited(paid, LineCredit(invoice.lines[0].line_id))
    assert figures(after) == {THE_AOK: (6_000, 0, 6_000, 0), THE_PATIENT: (4_000, 0, 0, 4_000)}
    assert [(taken.part, taken.payer_id, taken.amount) for taken in note.payers] == [(*THE_AOK, eur(6_000))]
    [settled] = allocate_account([after], [insurers], NOW).state
    assert (settled.status, settled.totals.due, settled.allocations) == ("finalized", eur(4_000), ())
    account = account_of([settled], [insurers])
    [whole] = account.balances
    patient, aok = whole.payers
    assert (patient.part, patient.open, patient.overdue, patient.credit) == (PATIENT, eur(4_000), eur(4_000), eur(0))
    assert (aok.payer_id, aok.payer_name, aok.open, aok.credit) == ("aok", "AOK", eur(0), eur(6_000))
    assert [(c.payment_id, c.invoice_id, c.payer_id, c.amount) for c in account.credits] == [
        ("pay-1", invoice.invoice_id, "aok", eur(6_000))
    ]
    assert [(share.part, share.open) for share in account.open_invoices[0].payers] == [(PATIENT, eur(4_000))]


def test_a_credited_line_of_the_patients_is_the_patients_gain() -> None:
    after, _ = credited(two_lines(), LineCredit("procedure:p-2"))
    assert figures(after) == {THE_AOK: (6_000, 0, 0, 6_000), THE_PATIENT: (4_000, 0, 4_000, 0)}


def test_of_an_invoice_that_is_split_as_a_whole_each_line_is_borne_as_the_whole_is() -> None:
    draft = drafted(terms(item(FILLING, 6_000), item(CROWN, 4_000)), materials=[], **AOK)
    final = finalize(split_by_hand(draft, WantedSplit(eur(3_000)), NOW).state, clinic(), "B-1", NOW).state
    after, note = credited(final, LineCredit(final.lines[0].line_id, net_minor=1_001))
    assert sum(taken.amount.amount_minor for taken in note.payers) == 1_001
    assert figures(after)[THE_AOK] == (3_000, 0, 501, 2_499)


def test_what_the_insurer_refused_before_is_the_patients_in_a_credit_note_too() -> None:
    invoice = refused(two_lines(), eur(2_000), NOW).state
    after, _ = credited(invoice, LineCredit(invoice.lines[0].line_id))
    assert figures(after) == {THE_AOK: (4_000, 0, 4_000, 0), THE_PATIENT: (6_000, 0, 2_000, 4_000)}


def test_only_what_an_insurer_owes_still_can_be_refused() -> None:
    after, _ = credited(two_lines(), LineCredit("procedure:p-1", net_minor=5_000))
    assert figures(refused(after, eur(1_000), NOW).state)[THE_PATIENT] == (5_000, 0, 0, 5_000)
    with pytest.raises(BusinessError) as too_much:
        refused(after, eur(1_001), NOW)
    assert too_much.value.code == "insurer-part-too-large"


def test_one_payers_part_is_written_off_and_the_other_is_asked_still() -> None:
    invoice = two_lines()
    insurers = write_off(invoice, NOW, THE_AOK).state
    assert (insurers.status, insurers.totals.due, insurers.totals.written_off) == ("finalized", eur(4_000), eur(6_000))
    with pytest.raises(BusinessError) as nothing:
        write_off(insurers, NOW, THE_AOK)
    assert nothing.value.code == "nothing-due"
    [late] = allocate_account([insurers], [payment(invoice, 1_000, part="insurer")], NOW).state
    assert (late.totals.due, late.totals.written_off) == (eur(4_000), eur(5_000))
    [done] = allocate_account([insurers], [payment(invoice, 4_000)], NOW).state
    assert (done.status, done.payers[0].written_off) == ("written_off", eur(6_000))
    both = write_off(late, NOW).state
    assert (both.status, both.totals.written_off) == ("written_off", eur(9_000))


def test_an_insurers_money_goes_to_this_insurers_parts_only() -> None:
    """Of two insurers on one account, and of an insurer of whom nobody said which."""
    aok = two_lines()
    dkv = replace(two_lines(), invoice_id="inv-dkv", finalized_at=LATER + timedelta(hours=1))
    assert dkv.insurance is not None
    dkv = replace(dkv, insurance=replace(dkv.insurance, payer_id="dkv"))
    too_much = payment(aok, 9_000, part="insurer")
    nobodys = payment(aok, 500, "pay-2", part="insurer", invoice_id=None, received_at=LATER + timedelta(days=1))
    early = replace(nobodys, payment_id="pay-3", received_at=LATER + timedelta(minutes=1))
    named = replace(nobodys, payment_id="pay-4", payer_id="dkv")
    settled = allocate_account([aok, dkv], [too_much, nobodys, early, named], NOW).state
    assert [[(a.payment_id, a.amount) for a in i.allocations] for i in settled] == [
        [("pay-1", eur(6_000))],
        [("pay-4", eur(500))],
    ]
    account = account_of(list(settled), [too_much, nobodys, early, named])
    assert {(p.part, p.payer_id): p.credit.amount_minor for p in account.balances[0].payers} == {
        THE_PATIENT: 0,
        THE_AOK: 3_500,
        (INSURER, "dkv"): 0,
        (INSURER, None): 500,
    }


def test_a_credit_note_from_before_it_said_so_is_told_apart_by_its_lines() -> None:
    invoice = two_lines()
    after, note = credited(invoice, LineCredit(invoice.lines[0].line_id))
    old = replace(after, payers=(), credit_notes=(replace(after.credit_notes[0], payers=()),))
    again = told_apart(old, {note.credit_note_id: note.lines})
    assert again.credit_notes == after.credit_notes
    second, _ = credited(old, LineCredit("procedure:p-2"), before=(replace(note, payers=()),))
    assert second.credit_notes[-1].payers == (credited(after, before=(note,))[1].payers)


@dataclass
class Ledger:
    """One account with two invoices, as its commands come."""

    invoices: list[Invoice]
    notes: dict[str, list[CreditNote]] = field(default_factory=lambda: defaultdict(list))
    payments: dict[str, ReceivedPayment] = field(default_factory=dict)

    def settle(self) -> None:
        self.invoices = list(allocate_account(self.invoices, self.payments.values(), NOW).state)

    def pay(self, nth: int, minor: int, payer: Payer, named: bool) -> None:
        id_ = f"pay-{nth}"
        known = self.payments.get(id_)
        if known is None:
            invoice = self.invoices[nth % len(self.invoices)]
            known = payment(invoice, 0, id_, part=payer[0], payer_id=payer[1])
            known = known if named else replace(known, invoice_id=None)
        self.payments[id_] = replace(known, settled_minor=minor)

    def credit(self, nth: int, minor: int, _: Payer, whole: bool) -> None:
        invoice = self.invoices[nth % len(self.invoices)]
        notes = self.notes[invoice.invoice_id]
        line = invoice.lines[minor % len(invoice.lines)]
        asks = None if whole else [LineCredit(line.line_id, net_minor=minor or None)]
        note = credit_note(invoice, notes, asks, f"CN-{len(notes)}", DAY, NOW)
        self.invoices[nth % len(self.invoices)] = credit(invoice, note, NOW).state
        notes.append(note)

    def refuse(self, nth: int, minor: int, payer: Payer, _: bool) -> None:
        self.change(nth, lambda invoice: refused(invoice, eur(minor), NOW, payer[1]).state)

    def give_up(self, nth: int, _: int, payer: Payer, all_: bool) -> None:
        self.change(nth, lambda invoice: write_off(invoice, NOW, None if all_ else payer).state)

    def change(self, nth: int, command: Callable[[Invoice], Invoice]) -> None:
        self.invoices[nth % len(self.invoices)] = command(self.invoices[nth % len(self.invoices)])


COMMANDS: tuple[Callable[[Ledger, int, int, Payer, bool], None], ...] = (
    Ledger.pay,
    Ledger.pay,
    Ledger.credit,
    Ledger.refuse,
    Ledger.give_up,
)
PAYERS: list[Payer] = [THE_PATIENT, THE_PATIENT, THE_AOK, (INSURER, None)]


@st.composite
def invoices(draw: st.DrawFn, nth: int = 0) -> Invoice:
    """Lines with and without VAT, that the insurer pays some of, each or together; or nobody but the patient."""
    prices = [item(code, draw(st.integers(0, 3_000))) for code in (FILLING, CROWN)]
    prices.append(taxed(COMPOSITE, draw(st.integers(0, 3_000)), "19"))
    draft = drafted(
        terms(*prices),
        session_id=f"ses-{nth}",
        procedures=[procedure(), procedure(CROWN, 2)],
        materials=[material(COMPOSITE, 3)],
        **AOK,
    )
    costs = {line.line_id: cost for line, cost in zip(draft.lines, line_costs(draft), strict=True)}
    how = draw(st.sampled_from(["by line", "as a whole", "not"]))
    if how == "by line":
        wanted = WantedSplit(lines={id_: eur(draw(st.integers(0, cost))) for id_, cost in costs.items()})
        draft = split_by_hand(draft, wanted, NOW).state
    elif how == "as a whole":
        wanted = WantedSplit(eur(draw(st.integers(0, asked_minor(draft.totals)))))
        draft = split_by_hand(draft, wanted, NOW).state
    return finalize(draft, clinic(), f"B-{nth}", NOW).state


STEPS = st.tuples(
    st.sampled_from(COMMANDS), st.integers(0, 5), st.integers(0, 9_000), st.sampled_from(PAYERS), st.booleans()
)


@given(invoices(0), invoices(1), st.lists(STEPS, max_size=10))
def test_each_part_is_paid_open_credited_or_given_up_whatever_happens(
    first: Invoice, second: Invoice, steps: list[tuple[Callable[..., None], int, int, Payer, bool]]
) -> None:
    ledger = Ledger([first, second])
    for command, nth, minor, payer, flag in steps:
        try:
            command(ledger, nth, minor, payer, flag)
        except BusinessError:
            continue
        ledger.settle()
        for invoice in ledger.invoices:
            _is_sound(invoice, ledger)
        _account_is_sound(ledger)


def _is_sound(invoice: Invoice, ledger: Ledger) -> None:
    shares = shares_of(invoice)
    assert invoice.payers == (shares if invoice.insurance is not None else ())
    for share in shares:
        amounts = [share.paid, share.open, share.credited, share.written_off]
        assert min(amount.amount_minor for amount in amounts) >= 0
        assert share.amount.amount_minor == sum(amount.amount_minor for amount in amounts)
    totals = invoice.totals
    assert sum(share.amount.amount_minor for share in shares) == asked_minor(totals)
    assert sum(share.open.amount_minor for share in shares) == totals.due.amount_minor
    assert sum(share.credited.amount_minor for share in shares) == totals.credited.amount_minor
    assert sum(share.paid.amount_minor for share in shares) == totals.paid.amount_minor
    for note in ledger.notes[invoice.invoice_id]:
        assert sum(taken.amount.amount_minor for taken in note.payers) == note.amount.amount_minor
    if invoice.insurance is not None:
        for allocation in invoice.allocations:
            assert allocation.part == ledger.payments[allocation.payment_id].part, "nobody's money is another's"


def _account_is_sound(ledger: Ledger) -> None:
    account = account_of(ledger.invoices, list(ledger.payments.values()))
    for whole in account.balances:
        for name in ("billed", "credited", "paid", "open", "credit", "overdue", "written_off"):
            parts = [getattr(payer, name) for payer in whole.payers]
            assert sum(part.amount_minor for part in parts) == getattr(whole, name).amount_minor, name
        for payer in whole.payers:
            owed = payer.billed - payer.credited - payer.written_off - payer.paid
            assert owed == payer.open - payer.credit
            assert payer.credit.amount_minor >= 0
            if payer.credit.amount_minor and payer.part == PATIENT:
                assert payer.open.amount_minor == 0, "what they paid too much settles what they owe elsewhere"
    for open_invoice in account.open_invoices:
        assert sum(share.open.amount_minor for share in open_invoice.payers) == open_invoice.due.amount_minor
        assert sum(minor for _, minor in open_invoice.parts) == open_invoice.due.amount_minor


@given(invoices(0), st.data())
def test_a_line_that_one_payer_bore_alone_is_credited_to_them_alone(invoice: Invoice, data: st.DataObject) -> None:
    for line, cost in zip(invoice.lines, line_costs(invoice), strict=True):
        if not line.net or not line.net.amount_minor or line.insurer_part is None:
            continue
        alone = {0: PATIENT, cost: INSURER}.get(line.insurer_part.amount_minor)
        asks = LineCredit(line.line_id, net_minor=data.draw(st.integers(1, line.net.amount_minor)))
        taken = credit_note(invoice, [], [asks], "CN-1", DAY, NOW).payers
        if alone is not None and cost:
            assert {one.part for one in taken} <= {alone}


def test_the_shares_say_who_owes_what() -> None:
    assert two_lines().payers == (
        PayerShare(INSURER, "aok", "AOK", eur(6_000), eur(0), eur(0), eur(0), eur(6_000)),
        PayerShare(PATIENT, None, None, eur(4_000), eur(0), eur(0), eur(0), eur(4_000)),
    )
