"""Allocations and balances: the same payments give the same books, in whatever order and however often they come."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.account import Account, account_id_of, balance
from invoicing.domain.invoice import Invoice
from invoicing.domain.lifecycle import Paid, allocate

from chassis.kernel.money import Money
from tests.unit.invoicing.examples import AT, GROSS_MINOR, NOW, finalized, in_state, payment

STATES = {state: in_state(state) for state in ("draft", "void", "finalized", "paid", "archived")}
INVOICE = finalized()
OTHER = finalized(session_id="ses-2")


@st.composite
def payments(draw: st.DrawFn, many: int = 6) -> list[Paid]:
    """Of this invoice mostly; some are of another invoice, patient or clinic, or in another currency."""
    one = st.builds(
        payment, st.just(INVOICE), st.integers(0, GROSS_MINOR), st.uuids().map(str),
        received_at=st.integers(0, 3).map(lambda days: AT + timedelta(days=days)),
    )  # fmt: skip
    strange: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {},
        optional={
            "invoice_id": st.sampled_from([None, OTHER.invoice_id]),
            "patient_id": st.just("pat-78"),
            "clinic_id": st.just("clinic-hamburg"),
            "currency": st.just("CHF"),
        },
    )
    return [
        replace(paid, **(draw(strange) if draw(st.booleans()) else {}))
        for paid in draw(st.lists(one, max_size=many, unique_by=lambda paid: paid.payment_id))
    ]


def books(invoice: Invoice) -> tuple[object, ...]:
    return invoice.status, invoice.totals, invoice.allocations


@given(payments(), st.data())
def test_any_order_and_repetition_of_payments_gives_the_same_books(all_: list[Paid], data: st.DataObject) -> None:
    """Each payment is heard at least once, some several times; after each the books are derived from what is known."""
    heard = data.draw(
        st.permutations(all_ + data.draw(st.lists(st.sampled_from(all_), max_size=5) if all_ else st.just([])))
    )
    invoice, known = INVOICE, dict[str, Paid]()
    for one in heard:
        known[one.payment_id] = one
        invoice = allocate(invoice, list(known.values()), NOW)
    assert books(invoice) == books(allocate(INVOICE, all_, NOW))


@given(payments())
def test_never_more_than_the_gross_total_counts_and_never_what_is_not_meant_for_it(all_: list[Paid]) -> None:
    after = allocate(INVOICE, all_, NOW)
    meant = {
        p.payment_id: p
        for p in all_
        if replace(p, settled_minor=0)
        == replace(payment(INVOICE, 0), payment_id=p.payment_id, received_at=p.received_at)
    }
    assert 0 <= after.totals.due.amount_minor <= GROSS_MINOR
    assert after.totals.paid.amount_minor == min(sum(p.settled_minor for p in meant.values()), GROSS_MINOR)
    assert (after.status == "paid") == (after.totals.due.amount_minor == 0)
    for allocation in after.allocations:
        assert 0 < allocation.amount.amount_minor <= meant[allocation.payment_id].settled_minor


@given(payments(), st.data())
def test_money_that_goes_back_reopens_and_money_that_comes_settles_again(all_: list[Paid], data: st.DataObject) -> None:
    before = allocate(INVOICE, [*all_, payment(INVOICE, GROSS_MINOR)], NOW)
    assert before.status == "paid"
    refunded = [replace(p, settled_minor=data.draw(st.integers(0, p.settled_minor))) for p in all_]
    after = allocate(before, refunded, NOW)
    assert books(after) == books(allocate(INVOICE, refunded, NOW))
    assert books(allocate(after, [*all_, payment(INVOICE, GROSS_MINOR)], NOW)) == books(before)


def test_the_oldest_payment_counts_first_and_the_rest_is_credit() -> None:
    late = payment(INVOICE, GROSS_MINOR, "pay-a", received_at=AT + timedelta(days=1))
    early = payment(INVOICE, 10_000, "pay-b")
    after = allocate(INVOICE, [late, early], NOW)
    assert [(a.payment_id, a.amount.amount_minor) for a in after.allocations] == [
        ("pay-b", 10_000),
        ("pay-a", GROSS_MINOR - 10_000),
    ]
    account = balance("clinic-berlin", "pat-77", 1, [after], [late, early], NOW)
    [eur] = account.balances
    assert (eur.open, eur.credit, eur.balance) == (Money(0, "EUR"), Money(10_000, "EUR"), Money(-10_000, "EUR"))


def account_of(invoices: list[Invoice], all_: list[Paid]) -> Account:
    mine = [p for p in all_ if (p.clinic_id, p.patient_id) == ("clinic-berlin", "pat-77")]
    return balance("clinic-berlin", "pat-77", 7, invoices, mine, NOW)


@given(payments(), st.lists(st.sampled_from(["draft", "void"])))
def test_a_balance_is_billed_less_credited_less_paid_and_open_less_credit(all_: list[Paid], others: list[str]) -> None:
    invoices = [allocate(INVOICE, all_, NOW), allocate(OTHER, all_, NOW), *map(STATES.__getitem__, others)]
    account = account_of(invoices, all_)
    assert [b.billed.currency for b in account.balances] == sorted({b.billed.currency for b in account.balances})
    for one in account.balances:
        assert one.billed - one.credited - one.paid == one.balance == one.open - one.credit
        assert one.credit.amount_minor >= 0
    [eur] = [b for b in account.balances if b.billed.currency == "EUR"]
    assert eur.billed == Money(2 * GROSS_MINOR, "EUR")
    assert eur.open.amount_minor == sum(i.due.amount_minor for i in account.open_invoices)


@given(payments(), st.randoms(use_true_random=False))
def test_an_account_does_not_depend_on_the_order_of_its_payments(all_: list[Paid], random: object) -> None:
    invoices = [allocate(INVOICE, all_, NOW), allocate(OTHER, all_, NOW)]
    shuffled = list(all_)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert account_of(invoices, shuffled) == account_of(invoices[::-1], all_)


def test_only_what_is_final_and_not_void_is_billed() -> None:
    invoices = [replace(invoice, invoice_id=state) for state, invoice in STATES.items()]
    account = balance("clinic-berlin", "pat-77", 1, invoices, [], NOW)
    assert account.balances[0].billed == Money(3 * GROSS_MINOR, "EUR")
    assert [i.invoice_id for i in account.open_invoices] == ["finalized"]
    assert account.account_id == account_id_of("clinic-berlin", "pat-77")


def test_an_account_with_nothing_on_it_has_no_currencies() -> None:
    account = balance("clinic-berlin", "pat-77", 0, [STATES["draft"]], [], NOW)
    assert (account.balances, account.open_invoices) == ((), ())
