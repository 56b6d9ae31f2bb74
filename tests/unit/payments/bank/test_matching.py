"""The rules of matching, in their order."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from payments.domain.bank.matching import Evidence, Open, decide, shared

from chassis.kernel.money import Money


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def invoice(number: int, open_: int, patient: str = "pat-1", status: str = "finalized", currency: str = "EUR") -> Open:
    at = datetime(2026, 1, 1 + number, tzinfo=UTC)
    return Open(f"inv-{number}", patient, f"B-{number}", status, at, Money(open_, currency))


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
    for name in ("by_reference", "by_number", "of_payer"):
        assert (
            decide(Evidence(eur(amount), **{name: invoices})).decision
            == decide(Evidence(eur(amount), **{name: other})).decision
        )
