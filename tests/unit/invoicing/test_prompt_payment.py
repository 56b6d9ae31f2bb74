"""Prompt payment: what is offered on the invoice, who earns it, and that the credit note is just what was offered."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invoicing.domain.invoice.credit_note import credit, credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.pricing.terms import Terms
from invoicing.domain.receivables.prompt_payment import earned, lines_to_credit, offered
from invoicing.domain.receivables.write_off import write_off

from kernel.money import Money
from tests.parts.sessions import Json
from tests.unit.invoicing.examples import LATER, NOW, allocated, clinic, payment
from tests.unit.invoicing.test_discount_application import BASES, CODES, DISCOUNTS, discount, done, known

DAY = date(2026, 11, 20)


def prompt(rate: str = "2", days: int = 7, discount_id: str = "skonto", **changes: Any) -> Json:
    return discount(discount_id, rate, given="prompt-payment", scope="invoice", days=days, **changes)


def final(terms: Terms, *codes: str, **changes: Any) -> Invoice:
    draft, own = done(terms, *codes, **changes), terms.clinic or clinic()
    return finalize(offered(draft, terms.policy, own.local_date(NOW.at)), own, "B-1", NOW).state


def test_the_invoice_says_what_to_pay_until_when() -> None:
    invoice = final(known(prompt()), "D1", "T0")
    assert invoice.prompt_payment is not None
    assert (invoice.prompt_payment.reduction, invoice.prompt_payment.amount, invoice.prompt_payment.pay_by) == (
        Money(200 + 238 + 45, "EUR"),
        Money(10_000 + 14_161 - 483, "EUR"),
        DAY + timedelta(days=7),
    )
    assert invoice.totals == done(known(), "D1", "T0").totals


def test_the_best_offer_for_the_patient_is_made() -> None:
    offers = [
        prompt("2", 14, "a"),
        prompt("3", 3, "b"),
        prompt("3", 7, "c"),
        prompt("9", 7, "d", plans=[{"plan": "x"}]),
    ]
    invoice = final(known(*offers, prompt("8", discount_id="e", valid_until="2026-11-19")), "D1")
    assert invoice.prompt_payment is not None
    assert invoice.prompt_payment.discount_id == "c"


@pytest.mark.parametrize("codes", [("T2",), ("nothing",)])
def test_nothing_is_offered_where_nothing_would_be_taken(codes: tuple[str, ...]) -> None:
    draft = replace(done(known(prompt()), *codes), problems=())
    assert offered(draft, known(prompt()).policy, DAY).prompt_payment is None


def test_nothing_is_offered_where_an_insurer_pays_a_part() -> None:
    share = {"invoice": {"kind": "percent", "rate": "50"}}
    insured = replace(known(prompt()), clinic=clinic(insurance=[{"payer_id": "aok", **share}]))
    assert final(insured, "D1", patient={"coverage": {"payer_id": "aok"}}).prompt_payment is None


@pytest.mark.parametrize(
    ("minor", "days", "is_earned"),
    [(9_800, 0, True), (9_800, 7, True), (9_800, 8, False), (9_799, 0, False), (9_900, 1, True), (10_000, 1, False)],
)
def test_it_is_earned_by_the_reduced_amount_in_time_while_the_rest_is_due(
    minor: int, days: int, is_earned: bool
) -> None:
    invoice = final(known(prompt()), "D1")
    paid = allocated(invoice, [payment(invoice, minor, received_at=LATER + timedelta(days=days))])
    assert earned(paid, clinic()) is is_earned


def test_two_parts_in_time_earn_it_and_one_that_is_late_does_not() -> None:
    invoice = final(known(prompt()), "D1")
    parts = [payment(invoice, 5_000, "p1", received_at=LATER), payment(invoice, 4_800, "p2", received_at=LATER)]
    assert earned(allocated(invoice, parts), clinic())
    late = replace(parts[1], received_at=LATER + timedelta(days=30))
    assert not earned(allocated(invoice, [parts[0], late]), clinic())
    assert not earned(write_off(allocated(invoice, parts), NOW).state, clinic())


@given(CODES, DISCOUNTS, BASES, st.sampled_from(["0.5", "2", "3.33", "10", "50", "99"]))
@settings(max_examples=150)
def test_the_credit_note_is_what_was_offered_and_the_invoice_is_paid_then(
    codes: list[str], discounts: list[Json], basis: str, rate: str
) -> None:
    terms = known(*discounts, prompt(rate), basis=basis)
    draft = done(terms, *[code for code in codes if code != "nothing"] or ["D1"])
    invoice = finalize(offered(draft, terms.policy, clinic().local_date(NOW.at)), clinic(), "B-1", NOW).state
    offer = invoice.prompt_payment
    if offer is None:
        return
    assert offer.reduction.amount_minor + offer.amount.amount_minor == asked_minor(invoice.totals)
    paid = allocated(invoice, [payment(invoice, offer.amount.amount_minor)])
    assert earned(paid, clinic())
    note = credit_note(paid, [], lines_to_credit(paid), "CN-1", DAY, NOW)
    assert note.amount == offer.reduction == note.net + Money(sum(g.tax.amount_minor for g in note.tax), "EUR")
    after = credit(paid, note, NOW).state
    assert (after.status, after.totals.due, after.totals.paid) == ("paid", Money(0, "EUR"), offer.amount)
    assert (after.lines, after.tax, after.totals.gross) == (invoice.lines, invoice.tax, invoice.totals.gross)
    assert not earned(after, clinic())
    rest = credit_note(after, [note], None, "CN-2", DAY, NOW)
    assert rest.amount == offer.amount
