"""Allocations and balances: the same facts give the same books, in whatever order and however often they come."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.invoice.invoice import CreditNoteRef, Instalment, InsuranceSplit, Invoice, WriteOff
from invoicing.domain.invoice.lifecycle import TABLE, Command
from invoicing.domain.invoice.payers import shares_of
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.receivables.account import Account, account_id_of, balance
from invoicing.domain.receivables.allocation import COUNTING, allocate_account, payable_minor, written_off_minor
from invoicing.domain.receivables.payment import ReceivedPayment

from kernel.errors import IllegalTransition
from kernel.money import Money
from tests.unit.invoicing.examples import AT, GROSS_MINOR, LATER, MANAGER, NOW, allocated, finalized, in_state, payment

DRAFTS = {n: replace(finalized(session_id=f"ses-{n}"), status="draft") for n in range(4)}
UNKNOWN = "inv-of-somebody-else"
DAY = date(2026, 12, 1)
CURRENCIES = st.sampled_from(["EUR", "EUR", "CHF"])


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def costing(invoice: Invoice, gross_minor: int, currency: str = "EUR", insurer_minor: int = 0) -> Invoice:
    """The same invoice at another price; with an insurer's part, it is split."""
    money = [Money(amount, currency) for amount in (gross_minor, 0, insurer_minor, gross_minor - insurer_minor)]
    gross, nothing, insurer, patient = money
    totals = replace(invoice.totals, net=gross, tax=nothing, gross=gross, paid=nothing, credited=nothing, due=gross)
    split = InsuranceSplit("aok", None, None, None, "by hand", insurer, patient, nothing, nothing)
    return replace(invoice, totals=totals, currency=currency, insurance=split if insurer_minor else None)


@dataclass(frozen=True)
class Fact:
    """What happens to an invoice, or the newest that is known of a payment."""

    what: str
    invoice_id: str = ""
    amount_minor: int = 0
    version: int = 1
    payment: ReceivedPayment | None = None


@dataclass
class Ledger:
    """One account, derived anew after each fact, as the service does."""

    invoices: dict[str, Invoice]
    payments: dict[str, tuple[int, ReceivedPayment]] = field(default_factory=dict)
    seen: set[Fact] = field(default_factory=set)

    def hear(self, fact: Fact) -> None:
        if fact.payment is not None:
            if fact.version > self.payments.get(fact.payment.payment_id, (0, None))[0]:
                self.payments[fact.payment.payment_id] = fact.version, fact.payment
        elif fact not in self.seen:
            self.invoices[fact.invoice_id] = after(self.invoices[fact.invoice_id], fact)
        self.seen.add(fact)
        self.settle()

    def settle(self) -> None:
        for invoice in allocate_account(self.counting, self.paid, NOW, self.awaited).state:
            self.invoices[invoice.invoice_id] = invoice

    @property
    def counting(self) -> list[Invoice]:
        return [invoice for invoice in self.invoices.values() if invoice.status in COUNTING]

    @property
    def paid(self) -> list[ReceivedPayment]:
        return [paid for _, paid in self.payments.values()]

    @property
    def awaited(self) -> set[str]:
        return {UNKNOWN} | {id_ for id_, invoice in self.invoices.items() if invoice.status == "draft"}

    @property
    def account(self) -> Account:
        return balance("clinic-berlin", "pat-77", 7, list(self.invoices.values()), self.paid, NOW, DAY)

    def outcome(self) -> object:
        """What does not depend on when it became known."""
        outcome = {i.invoice_id: (i.status, i.totals, i.allocations, i.insurance) for i in self.counting}
        return outcome, self.account


def credited(invoice: Invoice, amount: Money) -> Invoice:
    """With a credit note of this amount; what is paid is yet to follow."""
    note = CreditNoteRef("crn-1", "CN-1", amount, date(2026, 11, 21), AT, MANAGER)
    totals = replace(invoice.totals, credited=invoice.totals.credited + amount)
    return replace(invoice, credit_notes=(*invoice.credit_notes, note), totals=totals)


def written_off(invoice: Invoice, amount: Money) -> Invoice:
    """With as much given up; what is due is yet to follow."""
    given_up = WriteOff(amount, "moved away", MANAGER, AT)
    return replace(invoice, write_off=given_up, totals=replace(invoice.totals, written_off=amount))


def after(invoice: Invoice, fact: Fact) -> Invoice:
    """Finalized before or after: the state of a void one is void."""
    match fact.what:
        case "finalized":
            return invoice if invoice.status == "void" else replace(invoice, status="finalized")
        case "voided":
            return replace(invoice, status="void", allocations=())
        case "credited":
            return credited(invoice, Money(fact.amount_minor, invoice.currency))
        case "written off":
            return written_off(invoice, Money(fact.amount_minor, invoice.currency))
    raise AssertionError(fact.what)


@st.composite
def invoices_and_facts(draw: st.DrawFn) -> tuple[dict[str, Invoice], list[Fact]]:
    """Up to four invoices with all that may happen to them, and payments in several versions."""
    invoices: dict[str, Invoice] = {}
    facts: list[Fact] = []
    for n in range(draw(st.integers(1, 4))):
        gross = draw(st.integers(0, 300))
        insurer = draw(st.sampled_from([0, gross // 3, gross]))
        invoice = costing(DRAFTS[n], gross, draw(CURRENCIES), insurer)
        invoice = replace(invoice, finalized_at=AT + timedelta(days=draw(st.integers(0, 3))))
        invoices[invoice.invoice_id] = invoice
        back, given_up = draw(st.integers(0, gross)), draw(st.integers(0, gross))
        for what, amount in (("credited", back), ("written off", min(given_up, gross - back))):
            if draw(st.integers(0, 3)) == 0 and amount:
                facts.append(Fact(what, invoice.invoice_id, amount))
        facts += [Fact("finalized", invoice.invoice_id)] * draw(st.sampled_from([0, 1, 1, 1]))
        facts += [Fact("voided", invoice.invoice_id)] * draw(st.sampled_from([0, 0, 0, 1]))
    for n in range(draw(st.integers(0, 6))):
        for version in range(1, draw(st.integers(2, 4))):
            paid = payment(
                DRAFTS[0],
                draw(st.integers(0, 250)),
                f"pay-{n}",
                invoice_id=draw(_names(invoices)),
                currency=draw(CURRENCIES),
                part=draw(st.sampled_from(["patient", "insurer"])),
                received_at=AT + timedelta(days=draw(st.integers(0, 3))),
            )
            facts.append(Fact("paid", version=version, payment=paid))
    return invoices, facts


def _names(invoices: Iterable[str]) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, UNKNOWN, *invoices])


@given(invoices_and_facts(), st.data())
def test_any_order_and_repetition_of_the_facts_gives_the_same_books(
    history: tuple[dict[str, Invoice], list[Fact]], data: st.DataObject
) -> None:
    invoices, facts = history
    ledgers = []
    for _ in range(2):
        ledger = Ledger(dict(invoices))
        again = data.draw(st.lists(st.sampled_from(facts), max_size=4) if facts else st.just([]))
        for fact in data.draw(st.permutations([*facts, *again])):
            ledger.hear(fact)
        ledgers.append(ledger)
    first, other = ledgers
    assert first.outcome() == other.outcome()
    afresh = Ledger({id_: replace(i, allocations=()) for id_, i in first.invoices.items()}, first.payments)
    afresh.settle()
    assert afresh.outcome() == first.outcome()


@given(invoices_and_facts(), st.randoms(use_true_random=False))
def test_after_every_fact_billed_less_credited_written_off_and_paid_is_open_less_credit(
    history: tuple[dict[str, Invoice], list[Fact]], random: object
) -> None:
    invoices, facts = history
    random.shuffle(facts)  # type: ignore[attr-defined]
    ledger = Ledger(dict(invoices))
    for fact in facts:
        ledger.hear(fact)
        balances = {b.open.currency: b for b in ledger.account.balances}
        for account_balance in balances.values():
            assert account_balance.written_off is not None
            assert (
                account_balance.billed - account_balance.credited - account_balance.written_off - account_balance.paid
                == account_balance.balance
                == account_balance.open - account_balance.credit
            )
        assert {c: b.credit.amount_minor for c, b in balances.items()} == _unused(ledger)
        for invoice in ledger.counting:
            _is_sound(invoice)
        assert sum(o.due.amount_minor for o in ledger.account.open_invoices) == sum(
            b.open.amount_minor for b in balances.values()
        )


def _unused(ledger: Ledger) -> dict[str, int]:
    """What no invoice took of each payment; never less than nothing."""
    left = {paid.payment_id: paid.settled_minor for paid in ledger.paid}
    unused: dict[str, int] = defaultdict(int, {i.currency: 0 for i in ledger.counting})
    for allocation in (a for i in ledger.counting for a in i.allocations):
        left[allocation.payment_id] -= allocation.amount.amount_minor
    for paid in ledger.paid:
        assert left[paid.payment_id] >= 0
        unused[paid.currency] += left[paid.payment_id]
        if left[paid.payment_id] and paid.invoice_id not in ledger.awaited:
            assert not any(_would_take(invoice, paid) for invoice in ledger.counting)
    return unused


def _would_take(invoice: Invoice, paid: ReceivedPayment) -> bool:
    if invoice.currency != paid.currency or not invoice.totals.due.amount_minor:
        return False
    if invoice.insurance is None:
        return paid.part == "patient" or paid.invoice_id == invoice.invoice_id
    return any(
        (share.amount - share.paid - share.credited).amount_minor > 0
        for share in shares_of(invoice)
        if share.part == paid.part
    )


def _is_sound(invoice: Invoice) -> None:
    totals, split = invoice.totals, invoice.insurance
    allocated_minor = sum(a.amount.amount_minor for a in invoice.allocations)
    assert totals.paid.amount_minor == allocated_minor <= payable_minor(totals)
    left = totals.credited.amount_minor + written_off_minor(totals) + allocated_minor + totals.due.amount_minor
    assert asked_minor(totals) == left
    assert totals.due.amount_minor >= 0
    assert (invoice.status == "finalized") == (totals.due.amount_minor > 0)
    assert all(a.amount.amount_minor > 0 for a in invoice.allocations)
    if split is not None:
        assert split.insurer_paid + split.patient_paid == totals.paid
        assert split.insurer_paid.amount_minor <= split.insurer_part.amount_minor
        assert split.patient_paid.amount_minor <= split.patient_part.amount_minor


FIRST, SECOND = (replace(finalized(session_id=f"ses-{n}"), finalized_at=AT + timedelta(days=n)) for n in (1, 2))


def taken(invoices: Iterable[Invoice]) -> list[dict[str, int]]:
    return [{a.payment_id: a.amount.amount_minor for a in invoice.allocations} for invoice in invoices]


def test_a_payment_goes_to_the_invoice_it_names_and_what_is_left_to_the_oldest() -> None:
    named = payment(SECOND, GROSS_MINOR + 100)
    assert taken(allocate_account([SECOND, FIRST], [named], NOW).state) == [{"pay-1": 100}, {"pay-1": GROSS_MINOR}]


def test_a_payment_that_names_none_goes_to_the_oldest_also_when_another_names_that_one_later() -> None:
    unnamed = payment(FIRST, GROSS_MINOR, "pay-a", invoice_id=None)
    assert taken(allocate_account([FIRST, SECOND], [unnamed], NOW).state) == [{"pay-a": GROSS_MINOR}, {}]
    named = payment(FIRST, 100, "pay-b", received_at=LATER)
    assert taken(allocate_account([FIRST, SECOND], [unnamed, named], NOW).state) == [
        {"pay-a": GROSS_MINOR - 100, "pay-b": 100},
        {"pay-a": 100},
    ]


def test_a_payment_for_an_invoice_that_is_not_final_yet_waits_for_it() -> None:
    waiting = payment(SECOND, 100)
    assert allocate_account([FIRST], [waiting], NOW, {SECOND.invoice_id}).state == (FIRST,)
    assert taken(allocate_account([FIRST], [waiting], NOW).state) == [{"pay-1": 100}]
    assert taken(allocate_account([FIRST, SECOND], [waiting], NOW).state) == [{}, {"pay-1": 100}]


def test_money_in_another_currency_pays_nothing() -> None:
    francs = payment(FIRST, 100, currency="CHF")
    assert allocate_account([FIRST], [francs], NOW).state == (FIRST,)


def test_each_payer_pays_his_own_part_and_too_much_of_one_is_credit() -> None:
    split = costing(FIRST, 100, insurer_minor=80)
    [patients] = allocate_account([split], [payment(split, 50)], NOW).state
    assert patients.insurance is not None
    assert (patients.insurance.patient_paid, patients.insurance.insurer_paid) == (eur(20), eur(0))
    assert (patients.status, patients.totals.due) == ("finalized", eur(80))
    insurers = payment(split, 100, "pay-2", part="insurer")
    [both] = allocate_account([patients], [payment(split, 50), insurers], NOW).state
    assert [(a.part, a.amount.amount_minor) for a in both.allocations] == [("patient", 20), ("insurer", 80)]
    assert (both.status, both.insurance and both.insurance.insurer_paid) == ("paid", eur(80))


def test_what_the_insurer_has_left_pays_other_insurers_parts_only() -> None:
    split = costing(SECOND, 100, insurer_minor=80)
    left = payment(split, 100, part="insurer")
    assert taken(allocate_account([FIRST, split], [left], NOW).state) == [{}, {"pay-1": 80}]
    whole = payment(FIRST, 100, part="insurer")
    assert taken(allocate_account([FIRST], [whole], NOW).state) == [{"pay-1": 100}], (
        "an invoice that is not split is one part"
    )


def test_a_write_off_closes_what_the_insurer_did_not_pay() -> None:
    split = costing(FIRST, 100, insurer_minor=80)
    given_up = written_off(split, eur(30))
    known = [payment(split, 20), payment(split, 50, "pay-2", part="insurer")]
    [after_] = allocate_account([given_up], known, NOW).state
    assert (after_.status, after_.totals.due, after_.totals.paid) == ("written_off", eur(0), eur(70))


def test_what_was_written_off_is_paid_by_who_names_it_and_not_from_the_accounts_credit() -> None:
    given_up = written_off(FIRST, FIRST.totals.due)
    unnamed = replace(payment(FIRST, GROSS_MINOR), invoice_id=None)
    assert taken(allocate_account([given_up, SECOND], [unnamed], NOW).state) == [{}, {"pay-1": GROSS_MINOR}]
    [late, _] = allocate_account([given_up, SECOND], [payment(FIRST, GROSS_MINOR)], NOW).state
    assert (late.status, late.totals.written_off) == ("paid", eur(0))


def test_a_credit_note_frees_what_was_paid() -> None:
    paid_ = allocated(FIRST, [payment(FIRST, GROSS_MINOR)])
    gone = credited(paid_, paid_.totals.gross)
    [after_, next_] = allocate_account([gone, SECOND], [payment(FIRST, GROSS_MINOR)], NOW).state
    assert (after_.status, after_.allocations, after_.paid_at) == ("credited", (), None)
    assert taken([next_]) == [{"pay-1": GROSS_MINOR}]


@pytest.mark.parametrize("state", ["draft", "void"])
def test_what_is_not_on_the_account_takes_no_payments(state: str) -> None:
    with pytest.raises(IllegalTransition):
        allocate_account([in_state(state)], [], NOW)


def test_the_table_lets_every_state_that_counts_take_payments_and_no_other() -> None:
    assert {state for state, commands in TABLE.items() if Command.ALLOCATE in commands} == TABLE.keys() & set(COUNTING)


def account_of(*invoices: Invoice, day: date = DAY) -> Account:
    return balance("clinic-berlin", "pat-77", 1, invoices, [], NOW, day)


def test_only_what_is_final_and_not_void_is_billed() -> None:
    invoices = [replace(in_state(s), invoice_id=s) for s in ("draft", "void", "finalized", "paid", "archived")]
    account = account_of(*invoices)
    assert account.balances[0].billed == eur(3 * GROSS_MINOR)
    assert [i.invoice_id for i in account.open_invoices] == ["finalized"]
    assert account.account_id == account_id_of("clinic-berlin", "pat-77")


def test_an_account_with_nothing_on_it_has_no_currencies_and_says_nothing_new() -> None:
    account = account_of(in_state("draft"))
    assert (account.balances, account.open_invoices) == ((), ())
    assert account.says_the_same(None)
    assert not account_of(FIRST).says_the_same(None)
    assert account_of(FIRST).says_the_same(replace(account_of(FIRST), version=9, changed_at=LATER))


def test_an_invoice_is_overdue_from_the_day_after_it_was_due() -> None:
    for day, overdue in ((date(2026, 12, 4), 0), (date(2026, 12, 5), GROSS_MINOR)):
        account = account_of(replace(FIRST, due_on=date(2026, 12, 4)), day=day)
        assert account.balances[0].overdue == account.open_invoices[0].overdue == eur(overdue)
    assert account_of(replace(FIRST, due_on=None)).balances[0].overdue == eur(0)


def test_of_an_instalment_plan_the_parts_that_were_due_and_are_not_paid_are_overdue() -> None:
    plan = tuple(Instalment(n, date(2026, n, 1), eur(amount)) for n, amount in ((9, 5_000), (10, 5_000), (12, 3_214)))
    invoice = allocated(replace(FIRST, instalments=plan), [payment(FIRST, 6_000)])
    [open_] = account_of(invoice, day=date(2026, 11, 20)).open_invoices
    assert [(p.number, p.amount.amount_minor) for p in open_.instalments] == [(10, 4_000), (12, 3_214)]
    assert (open_.due, open_.overdue) == (eur(7_214), eur(4_000))


@given(st.integers(0, 100), st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(0, 200))
def test_what_is_left_of_the_instalments_is_what_is_due(days: int, parts: list[int], paid_minor: int) -> None:
    plan = tuple(Instalment(n, DAY + timedelta(days=n * 20), eur(amount)) for n, amount in enumerate(parts))
    invoice = allocated(replace(costing(FIRST, sum(parts)), instalments=plan), [payment(FIRST, paid_minor)])
    open_ = account_of(invoice, day=DAY + timedelta(days=days)).open_invoices
    assert sum(amount for open_invoice in open_ for _, amount in open_invoice.parts) == invoice.totals.due.amount_minor
    late = sum(part.amount.amount_minor for part in plan if part.due_on < DAY + timedelta(days=days))
    overdue = max(0, late - paid_minor)
    assert sum(open_invoice.overdue.amount_minor for open_invoice in open_ if open_invoice.overdue) == overdue
