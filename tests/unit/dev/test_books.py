"""Books that balance pass every check; each kind of error is found by the check that is there for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.invoicing import Invoice
from contracts.samples.story import CLINIC, eur
from dev.audit.checks import check
from dev.audit.ledger import Ledger
from dev.audit.papers import faults_of_pdf
from dev.audit.sums import written
from dev.audit.vitals import Vitals
from kernel.money import Money
from tests.unit.dev.accounts import ACCOUNT, INVOICE, NUMBER, PAYMENT, PDF, balanced, mail_with, pdf_with, till

Break = Callable[[Ledger], Ledger]


def broken_rules(ledger: Ledger) -> set[str]:
    return {one.rule for one in check(ledger) if not one.holds}


def with_invoice(**changes: object) -> Break:
    return lambda books: replace(books, invoices=(INVOICE.model_copy(update=changes),))


def with_totals(**changes: Money) -> Break:
    return with_invoice(totals=INVOICE.totals.model_copy(update=changes))


def with_balance(**changes: Money) -> Break:
    balance = ACCOUNT.balances[0].model_copy(update=changes)
    account = ACCOUNT.model_copy(update={"balances": (balance,)})
    return lambda books: replace(books, accounts=dict.fromkeys(books.accounts, account))


def with_till(**changes: Money) -> Break:
    whole = till()
    [(day, moved)] = whole.days
    return lambda books: replace(books, tills=(replace(whole, days=((day.model_copy(update=changes), moved),)),))


def with_pdf(pdf: bytes | str) -> Break:
    return lambda books: replace(books, pdfs={INVOICE.invoice_id: pdf})


def with_delivery(status: str) -> Break:
    return lambda books: replace(books, deliveries=({**books.deliveries[0], "status": status},))


SUMS = "what was billed is what was paid and what is open"
VIEWS = "invoices, account balances and payments say the same"
ACCOUNTS = "each account is the sum of its invoices and payments"
ALLOCATIONS = "each invoice shows as paid what came for it"
SESSIONS = "each session has one invoice"
NUMBERS = "invoice numbers have no gap and none is there twice"
PDFS = "each finalized invoice has a PDF with its number and total"
TILLS = "each till is its float, cash payments and cash refunds"
LETTERS = "nothing is in a dead letter"
CALM = "nothing is on its way: outboxes empty, no lag"
MAILS = "each mail arrived with its PDF"


def test_books_that_balance_break_no_rule() -> None:
    assert broken_rules(balanced()) == set()


@pytest.mark.parametrize(
    ("broken", "rules"),
    [
        (with_totals(due=eur(9_999)), {SUMS, VIEWS}),
        (with_totals(paid=eur(5_013), due=eur(10_001)), {VIEWS, ALLOCATIONS}),
        (with_balance(open=eur(9_999)), {SUMS, VIEWS}),
        (with_balance(billed=eur(15_013), open=eur(9_999)), {VIEWS, ACCOUNTS}),
        (lambda books: replace(books, payments=()), {VIEWS, ACCOUNTS, ALLOCATIONS, TILLS}),
        (lambda books: replace(books, invoices=(), deliveries=()), {VIEWS, ACCOUNTS, SESSIONS}),
        (with_invoice(allocations=()), {ALLOCATIONS}),
        (with_invoice(status="paid"), {ALLOCATIONS}),
        (lambda books: replace(books, sessions=books.sessions | {(CLINIC, "ses-lost")}), {SESSIONS}),
        (with_invoice(number="clinic-berlin-2026-000002"), {NUMBERS, PDFS, MAILS}),
        (with_invoice(number="B-1"), {NUMBERS, PDFS, MAILS}),
        (with_pdf("404 not-found"), {PDFS}),
        (with_pdf(b"%PDF-1.7 torn"), {PDFS}),
        (with_pdf(pdf_with(NUMBER, "150,15 EUR")), {PDFS}),
        (with_pdf(pdf_with("another number", "150,14 EUR")), {PDFS}),
        (with_till(expected=eur(25_013)), {TILLS}),
        (lambda books: replace(books, tills=(replace(till(), days=()),)), {TILLS}),
        (lambda books: replace(books, letters={"invoicing": 1}), {LETTERS}),
        (lambda books: replace(books, vitals={"payments": Vitals(1, 0, 0)}), {CALM}),
        (lambda books: replace(books, vitals={"payments": Vitals(0, 1, 0)}), {CALM}),
        (lambda books: replace(books, vitals={"payments": Vitals(0, 0, 1)}), {CALM}),
        (with_delivery("failed"), {MAILS}),
        (lambda books: replace(books, mails=()), {MAILS}),
        (lambda books: replace(books, mails=(mail_with(None),)), {MAILS}),
        (lambda books: replace(books, mails=(mail_with(pdf_with("empty")),)), {MAILS}),
    ],
)
def test_an_error_in_the_books_is_found_by_its_rule(broken: Break, rules: set[str]) -> None:
    assert broken_rules(broken(balanced())) == rules


def test_two_invoices_of_one_session_are_found() -> None:
    second = INVOICE.model_copy(update={"invoice_id": "inv_2", "status": "void", "number": None})
    assert broken_rules(replace(balanced(), invoices=(INVOICE, second))) == {SESSIONS}


def test_a_number_that_is_there_twice_is_found() -> None:
    second = INVOICE.model_copy(update={"invoice_id": "inv_2", "status": "void", "session_id": None})
    assert broken_rules(replace(balanced(), invoices=(INVOICE, second))) == {NUMBERS}


def test_cash_in_the_till_that_nobody_paid_is_found() -> None:
    transfer = PAYMENT.model_copy(update={"method": "bank_transfer", "register_id": None})
    assert broken_rules(replace(balanced(), payments=(transfer,))) == {TILLS}


def test_more_than_an_invoice_took_is_credit_and_no_error() -> None:
    paid: Invoice = INVOICE.model_copy(
        update={
            "status": "paid",
            "totals": INVOICE.totals.model_copy(update={"paid": eur(15_014), "due": eur(0)}),
            "allocations": (INVOICE.allocations[0].model_copy(update={"amount": eur(15_014)}),),
        }
    )
    more = PAYMENT.model_copy(
        update={"method": "bank_transfer", "register_id": None, "amount": eur(16_000), "settled": eur(16_000)}
    )
    books = with_balance(paid=eur(16_000), open=eur(0), credit=eur(986), balance=eur(-986))(balanced())
    assert broken_rules(replace(books, invoices=(paid,), payments=(more,), tills=())) == set()


@pytest.mark.parametrize("text", ["1234.50", "1,234.50 EUR", "1.234,50 €", "1 234,50", "1\u00a0234,50", "1'234.50"])
def test_a_total_is_found_however_the_reader_writes_it(text: str) -> None:
    assert faults_of_pdf(pdf_with(NUMBER, text), NUMBER, eur(123_450)) == []


@pytest.mark.parametrize("text", ["11,234.50", "1,234.5", "1,234.501", "1,234"])
def test_another_total_is_not_taken_for_it(text: str) -> None:
    assert faults_of_pdf(pdf_with(NUMBER, text), NUMBER, eur(123_450)) != []


def test_yen_have_no_decimals() -> None:
    assert faults_of_pdf(pdf_with(NUMBER, "JPY 1,234"), NUMBER, Money(1_234, "JPY")) == []


def test_sums_are_written_with_each_currency() -> None:
    assert written({"EUR": -123_456, "JPY": 5}) == "-1,234.56 EUR + 5 JPY"
    assert written({}) == "0"


def test_the_sample_pdf_is_whole() -> None:
    assert faults_of_pdf(PDF, NUMBER, INVOICE.totals.gross) == []
