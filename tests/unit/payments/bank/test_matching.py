"""The rules of matching, in their order."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.bank.matching.evidence import Evidence, OpenItem, PayerAccount
from payments.domain.bank.matching.reversals import taken_back
from payments.domain.bank.matching.rules import decide, shared
from payments.domain.bank.payout_transfers import payout_of
from payments.domain.bank.transaction import Decision, Transaction
from payments.domain.intake.open_items import InvoiceStatus
from payments.domain.payouts.payout import Payout

from kernel.money import Money


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def invoice(
    number: int, open_: int, patient: str = "pat-1", status: InvoiceStatus = "finalized", currency: str = "EUR"
) -> OpenItem:
    at = datetime(2026, 1, 1 + number, tzinfo=UTC)
    return OpenItem(f"inv-{number}", patient, f"B-{number}", status, at, Money(open_, currency))


A, B, C = invoice(1, 1_000), invoice(2, 2_000), invoice(3, 4_000)


def test_a_reference_decides_whatever_the_amount() -> None:
    for paid, shares in (
        (1_000, [("inv-1", 1_000)]),
        (400, [("inv-1", 400)]),
        (1_500, [("inv-1", 1_000), (None, 500)]),
    ):
        decision = decide(Evidence(eur(paid), by_reference=[A], by_number=[B])).decision
        assert decision is not None
        assert (decision.rule, decision.score) == ("reference", 100)
        assert [(s.invoice_id, s.amount.amount_minor) for s in decision.shares] == shares


def test_what_names_a_paid_invoice_becomes_the_patients_credit() -> None:
    decision = decide(Evidence(eur(500), by_reference=[invoice(1, 0, status="paid")])).decision
    assert decision is not None
    assert [(s.patient_id, s.invoice_id) for s in decision.shares] == [("pat-1", None)]


def test_numbers_in_the_text_decide_and_several_are_split() -> None:
    decision = decide(Evidence(eur(3_000), by_number=[B, A], of_payer=[C])).decision
    assert decision is not None
    assert (decision.rule, [s.invoice_id for s in decision.shares]) == ("number", ["inv-1", "inv-2"])


def test_invoices_of_two_patients_are_only_sure_when_the_sum_fits() -> None:
    other = invoice(4, 500, "pat-2")
    assert decide(Evidence(eur(1_500), by_number=[A, other])).decision is not None
    verdict = decide(Evidence(eur(1_400), by_number=[A, other]))
    assert verdict.decision is None
    assert verdict.proposals[0].rule == "number"


def test_a_void_or_foreign_invoice_takes_nothing() -> None:
    for closed in (
        invoice(1, 1_000, status="void"),
        invoice(1, 1_000, status="draft"),
        invoice(1, 1_000, currency="USD"),
    ):
        assert decide(Evidence(eur(1_000), by_reference=[closed], by_number=[closed])).decision is None


def test_a_known_payer_pays_exactly_one_invoice() -> None:
    decision = decide(Evidence(eur(2_000), of_payer=[A, B, C])).decision
    assert decision is not None
    assert (decision.rule, [s.invoice_id for s in decision.shares]) == ("payer", ["inv-2"])


def test_of_equal_invoices_the_oldest_is_paid_first() -> None:
    decision = decide(Evidence(eur(1_000), of_payer=[invoice(9, 1_000), A])).decision
    assert decision is not None
    assert decision.shares[0].invoice_id == "inv-1"


def test_a_known_payer_pays_a_sum_of_up_to_five() -> None:
    five = [invoice(n, 2**n * 100) for n in range(5)]
    decision = decide(Evidence(eur(3_100), of_payer=five)).decision
    assert decision is not None
    assert (decision.rule, len(decision.shares)) == ("sum", 5)


def test_two_ways_to_make_the_sum_wait_for_a_person() -> None:
    verdict = decide(Evidence(eur(3_000), of_payer=[A, B, invoice(5, 1_500), invoice(6, 1_500)]))
    assert verdict.decision is None
    assert {p.rule for p in verdict.proposals[:2]} == {"sum"}


def test_one_payer_for_two_patients_waits_when_both_owe_the_same() -> None:
    verdict = decide(Evidence(eur(1_000), of_payer=[A, invoice(7, 1_000, "pat-2")]))
    assert verdict.decision is None
    assert len(verdict.proposals) >= 2


def test_an_amount_alone_is_never_enough() -> None:
    verdict = decide(Evidence(eur(1_000), by_amount=[A]))
    assert (verdict.decision, [p.rule for p in verdict.proposals]) == (None, ["amount"])


def test_without_any_evidence_nothing_is_proposed() -> None:
    assert decide(Evidence(eur(1))) == decide(Evidence(eur(2)))


def split(number: int, patient_owes: int, insurer_owes: int, patient: str = "pat-1") -> OpenItem:
    whole = invoice(number, patient_owes, patient)
    return OpenItem(
        whole.invoice_id,
        whole.patient_id,
        whole.number,
        whole.status,
        whole.finalized_at,
        whole.open,
        eur(insurer_owes),
    )


INSURER, PATIENT, NOBODY = PayerAccount(called_insurer=True), PayerAccount(frozenset({"pat-1"})), PayerAccount()


def the(decision: Decision | None) -> list[tuple[str | None, int, str]]:
    assert decision is not None
    return [(s.invoice_id, s.amount.amount_minor, s.part) for s in decision.shares]


@pytest.mark.parametrize(
    ("account", "paid", "shares"),
    [
        (NOBODY, 2_000, [("inv-1", 2_000, "patient")]),
        (NOBODY, 8_000, [("inv-1", 8_000, "insurer")]),
        (NOBODY, 1_500, [("inv-1", 1_500, "patient")]),
        (INSURER, 8_000, [("inv-1", 8_000, "insurer")]),
        (INSURER, 2_000, [("inv-1", 2_000, "insurer")]),
        (INSURER, 7_000, [("inv-1", 7_000, "insurer")]),
        (PATIENT, 8_000, [("inv-1", 2_000, "patient"), (None, 6_000, "patient")]),
    ],
)
def test_the_account_or_the_exact_amount_says_whose_money_pays_a_split_invoice(
    account: PayerAccount, paid: int, shares: list[tuple[str | None, int, str]]
) -> None:
    named = [split(1, 2_000, 8_000)]
    assert the(decide(Evidence(eur(paid), by_reference=named, account=account)).decision) == shares
    assert the(decide(Evidence(eur(paid), by_number=named, account=account)).decision) == shares


@pytest.mark.parametrize(
    ("patient_owes", "insurer_owes", "paid"), [(2_000, 8_000, 7_000), (2_000, 8_000, 10_000), (500, 500, 500)]
)
def test_money_that_may_be_the_patients_or_the_insurers_waits_for_a_person(
    patient_owes: int, insurer_owes: int, paid: int
) -> None:
    verdict = decide(Evidence(eur(paid), by_reference=[split(1, patient_owes, insurer_owes)]))
    assert verdict.decision is None
    assert [p.shares[0].part for p in verdict.proposals] == ["patient", "insurer"]
    assert {p.score for p in verdict.proposals} == {50}


def test_an_account_of_both_is_distinguished_by_the_amount_alone() -> None:
    both = PayerAccount(frozenset({"pat-1"}), called_insurer=True)
    assert (
        the(decide(Evidence(eur(8_000), by_number=[split(1, 2_000, 8_000)], account=both)).decision)[0][2] == "insurer"
    )
    assert (
        the(decide(Evidence(eur(2_000), by_number=[split(1, 2_000, 8_000)], account=both)).decision)[0][2] == "patient"
    )


def test_an_insurer_pays_for_several_patients_at_once_when_the_sum_fits() -> None:
    named = [split(1, 100, 800), split(2, 200, 700, "pat-2")]
    decision = decide(Evidence(eur(1_500), by_number=named, account=INSURER)).decision
    assert the(decision) == [("inv-1", 800, "insurer"), ("inv-2", 700, "insurer")]
    assert decide(Evidence(eur(1_400), by_number=named, account=INSURER)).decision is None


def test_an_insurers_account_says_nothing_of_patients_that_it_does_not_name() -> None:
    exact = split(1, 2_000, 8_000)
    verdict = decide(Evidence(eur(8_000), of_payer=[exact], by_amount=[exact], account=INSURER))
    assert verdict.decision is None
    assert [(p.rule, p.shares[0].part) for p in verdict.proposals] == [("amount", "insurer")]


def test_the_patients_number_and_an_exact_sum_are_enough_and_neither_is_by_itself() -> None:
    for paid, paid_for in ((2_000, ["inv-2"]), (3_000, ["inv-1", "inv-2"]), (7_000, ["inv-1", "inv-2", "inv-3"])):
        decision = decide(Evidence(eur(paid), of_patient=[C, A, B])).decision
        assert decision is not None
        assert (decision.rule, [s.invoice_id for s in decision.shares]) == ("sum", paid_for)
    assert decide(Evidence(eur(2_500), of_patient=[A, B])).decision is None
    two = [A, invoice(9, 1_000, "pat-2")]
    assert decide(Evidence(eur(1_000), of_patient=two)).decision is None


def moved_in(id_: str, amount: int, **changes: Any) -> Transaction:
    fields: dict[str, Any] = {
        "transaction_id": id_,
        "clinic_id": "c",
        "statement_id": "s",
        "account": "DE1",
        "version": 1,
        "status": "matched",
        "booked_on": date(2026, 11, 1),
        "value_on": None,
        "amount": eur(amount),
        "credit": True,
        "reversal": False,
        "bank_reference": None,
        "end_to_end_id": None,
        "text": "",
        "counterparty_name": None,
        "counterparty_iban": "DE2",
        "charges": None,
        "references": (),
        "words": (),
    }
    return Transaction(**{**fields, **changes})


def back(amount: int, **changes: Any) -> Transaction:
    return moved_in("back", amount, **{"credit": False, "reversal": True, "booked_on": date(2026, 11, 9), **changes})


def found(reversal: Transaction, *earlier: Transaction) -> str | None:
    original = taken_back(reversal, earlier)
    return original.transaction_id if original else None


def test_a_return_finds_its_transfer_by_reference_or_when_it_can_be_no_other() -> None:
    first, twin = moved_in("one", 500, end_to_end_id="E1"), moved_in("twin", 500, end_to_end_id="E2")
    assert found(back(500), first) == "one"
    assert found(back(500), first, twin) is None
    assert found(back(500, end_to_end_id="E2"), first, twin) == "twin"
    assert found(back(500, references=("RF1",)), first, moved_in("three", 500, references=("RF1",))) == "three"


def test_a_return_takes_back_nothing_of_another_payer_amount_account_or_later_day() -> None:
    assert found(back(500), moved_in("x", 500, counterparty_iban="DE3")) is None
    assert found(back(500, counterparty_iban=None), moved_in("x", 500, counterparty_iban=None)) is None
    assert found(back(500), moved_in("x", 501)) is None
    assert found(back(500), moved_in("x", 500, account="DE9")) is None
    assert found(back(500), moved_in("x", 500, booked_on=date(2026, 11, 10))) is None
    assert found(back(500), moved_in("x", 500, reversal=True)) is None


def test_the_banks_charges_may_be_on_a_return() -> None:
    assert found(back(530, charges=eur(30)), moved_in("one", 500)) == "one"


OPENS = st.lists(st.integers(0, 5_000), min_size=1, max_size=8)


@given(amount=st.integers(1, 20_000), opens=OPENS)
def test_shares_make_the_amount_and_none_is_more_than_is_open(amount: int, opens: list[int]) -> None:
    invoices = [invoice(n, open_) for n, open_ in enumerate(opens)]
    shares = shared(eur(amount), invoices)
    assert sum(s.amount.amount_minor for s in shares) == amount
    left = {i.invoice_id: i.open.amount_minor for i in invoices}
    assert all(0 < s.amount.amount_minor <= left[s.invoice_id] for s in shares if s.invoice_id)
    assert sum(s.invoice_id is None for s in shares) <= 1


@given(amount=st.integers(1, 20_000), opens=OPENS, data=st.data())
def test_the_order_in_which_invoices_are_found_does_not_matter(
    amount: int, opens: list[int], data: st.DataObject
) -> None:
    invoices = [invoice(n, open_, f"pat-{n % 2}") for n, open_ in enumerate(opens)]
    other = data.draw(st.permutations(invoices))
    for name in ("by_reference", "by_number", "of_patient", "of_payer"):
        orders: list[dict[str, Any]] = [{name: invoices}, {name: other}]
        first, second = (decide(Evidence(eur(amount), **order)).decision for order in orders)
        assert first == second


def payout(id_: str, amount: int, arrives_on: date = date(2026, 11, 4), **changes: Any) -> Payout:
    fields: dict[str, Any] = {
        "payout_id": id_,
        "status": "paid",
        "amount": eur(amount),
        "created_at": datetime(2026, 11, 2, tzinfo=UTC),
        "arrives_on": arrives_on,
        "state": "matched",
        "parts": (),
        "differences": (),
        "checked_at": datetime(2026, 11, 2, tzinfo=UTC),
    }
    return Payout(**{**fields, **changes})


def paid_out(amount: int = 5_000, text: str = "STRIPE PAYOUT", **changes: Any) -> Transaction:
    fields: dict[str, Any] = {"status": "new", "booked_on": date(2026, 11, 4), "text": text, **changes}
    return replace(moved_in("t", amount), **fields)


def test_a_payout_of_stripe_is_known_by_sum_day_and_descriptor() -> None:
    known = payout("po_1", 5_000)
    assert payout_of(paid_out(), [known, payout("po_2", 5_001)]) == known
    assert payout_of(paid_out(text="", counterparty_name="Stripe Technology Europe"), [known]) == known
    for other in (
        paid_out(5_001),
        paid_out(text="treatment"),
        paid_out(credit=False),
        paid_out(reversal=True),
        paid_out(booked_on=date(2026, 11, 1)),
        paid_out(booked_on=date(2026, 11, 10)),
        replace(paid_out(), amount=Money(5_000, "CHF")),
    ):
        assert payout_of(other, [known]) is None
    assert payout_of(paid_out(), [payout("po_1", 5_000, status="failed")]) is None


def test_of_two_payouts_alike_the_one_that_is_named() -> None:
    two = [payout("po_1", 5_000), payout("po_2", 5_000)]
    assert payout_of(paid_out(), two) is None
    assert payout_of(paid_out(text="STRIPE po_2"), two) == two[1]
