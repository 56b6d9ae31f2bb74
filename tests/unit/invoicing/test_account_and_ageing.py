"""Aged receivables: nothing that is open is missing, and nothing is counted in two buckets."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.clinics.clinic import day_at
from invoicing.domain.invoice.invoice import Instalment
from invoicing.domain.receivables.account import OpenInvoice, as_of, balance, previous_balances
from invoicing.domain.receivables.ageing import BUCKETS, Ageing, aged

from kernel.money import Money
from tests.unit.invoicing.examples import AT, GROSS_MINOR, NOW, clinic, finalized, payment

DAY = date(2026, 11, 20)


@st.composite
def open_invoices(draw: st.DrawFn) -> OpenInvoice:
    currency = draw(st.sampled_from(["EUR", "JPY"]))
    days = st.dates(DAY - timedelta(days=200), DAY + timedelta(days=100))
    plan = tuple(
        Instalment(n, draw(days), Money(draw(st.integers(1, 900)), currency)) for n in range(draw(st.integers(0, 4)))
    )
    due = sum(part.amount.amount_minor for part in plan) or draw(st.integers(1, 900))
    return OpenInvoice("inv", "B-1", Money(due, currency), draw(st.none() | days), instalments=plan)


@given(st.lists(open_invoices()))
def test_the_buckets_sum_to_what_is_open_in_each_currency(invoices: list[OpenInvoice]) -> None:
    for ageing in aged(invoices, DAY):
        buckets = [getattr(ageing, name).amount_minor for name in BUCKETS]
        mine = [i.due.amount_minor for i in invoices if i.due.currency == ageing.total.currency]
        assert sum(buckets) == ageing.total.amount_minor == sum(mine)
        assert min(buckets) >= 0
    assert {ageing.total.currency for ageing in aged(invoices, DAY)} == {i.due.currency for i in invoices}


@given(open_invoices(), st.integers(-30, 120))
def test_what_is_not_current_is_what_is_overdue(invoice: OpenInvoice, days: int) -> None:
    day = DAY + timedelta(days=days)
    known = balance("c", "p", 1, [], [payment(finalized(), 0, currency=invoice.due.currency)], NOW, DAY)
    account = replace(known, open_invoices=(invoice,))
    [seen] = as_of(account, day).open_invoices
    [ageing] = aged([invoice], day)
    assert ageing.total - ageing.current == seen.overdue


@given(st.lists(st.lists(open_invoices(), max_size=3), max_size=4))
def test_the_sum_of_the_accounts_is_the_sum_of_all_invoices(accounts: list[list[OpenInvoice]]) -> None:
    ageing = Ageing(DAY)
    for account in accounts:
        ageing.add(account)
    assert ageing.result() == aged([invoice for account in accounts for invoice in account], DAY)


@pytest.mark.parametrize(
    ("late", "bucket"),
    [
        (-5, "current"),
        (0, "current"),
        (1, "days_1_30"),
        (30, "days_1_30"),
        (31, "days_31_60"),
        (60, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "days_over_90"),
    ],
)
def test_the_days_since_it_was_due_are_the_bucket(late: int, bucket: str) -> None:
    [ageing] = aged([OpenInvoice("inv", "B-1", Money(7, "EUR"), DAY - timedelta(days=late))], DAY)
    assert {name: getattr(ageing, name).amount_minor for name in BUCKETS} == {**dict.fromkeys(BUCKETS, 0), bucket: 7}


def test_what_is_due_without_a_day_is_never_late() -> None:
    [ageing] = aged([OpenInvoice("inv", "B-1", Money(7, "EUR"), None)], DAY + timedelta(days=999))
    assert ageing.current == ageing.total == Money(7, "EUR")


def test_the_day_is_the_clinics_and_that_of_utc_where_there_is_no_clinic() -> None:
    late = AT.replace(hour=23, minute=30)
    assert day_at(clinic(), late) == late.date() + timedelta(days=1)
    assert day_at(None, late) == late.date()


def test_a_previous_balance_is_what_is_open_or_credit_as_of_the_day() -> None:
    mine = "clinic-berlin", "pat-77", 1
    invoice = finalized()
    assert invoice.due_on is not None
    owing = balance(*mine, [invoice], [], NOW, DAY)
    [previous] = previous_balances(owing, invoice.due_on + timedelta(days=1))
    assert (previous.open, previous.overdue) == (Money(GROSS_MINOR, "EUR"), Money(GROSS_MINOR, "EUR"))
    even = balance(*mine, [], [payment(invoice, 0)], NOW, DAY)
    assert (len(even.balances), previous_balances(even, DAY)) == (1, ())
    [ahead] = previous_balances(balance(*mine, [], [payment(invoice, 5)], NOW, DAY), DAY)
    assert ahead.credit == Money(5, "EUR")
