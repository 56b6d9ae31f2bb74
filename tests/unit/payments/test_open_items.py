"""Copies of invoices: what is kept of an event is what the domain decides with. And what is due next of a plan."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.intake.intake import take_cash
from payments.domain.intake.open_items import (
    Instalment,
    InsuranceSplit,
    Invoice,
    PayerShare,
    Totals,
    check_payable,
    due,
    next_instalment,
    parts_left,
)
from payments.replicas import InvoiceReplica
from pydantic import TypeAdapter

from contracts.invoicing import InvoiceFinalized
from kernel.errors import BusinessError
from tests.unit.payments.examples import AT, BY_DESK, RECEIPT, allocated, cash_command, cash_payment, eur, invoice

PLAN = (
    Instalment(1, date(2026, 12, 1), eur(4_000)),
    Instalment(2, date(2027, 1, 1), eur(3_000)),
    Instalment(3, date(2027, 2, 1), eur(3_000)),
)


def money(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "EUR"}


def finalized(**changes: Any) -> InvoiceFinalized:
    names = ("net", "tax", "gross", "paid", "credited")
    body = {
        "invoice_id": "inv-1",
        "clinic_id": "clinic-berlin",
        "patient_id": "pat-77",
        "session_id": "ses-1",
        "session_version": 1,
        "version": 2,
        "status": "finalized",
        "number": "B-1",
        "currency": "EUR",
        "lines": [],
        "tax": [],
        "totals": {**{name: money(0) for name in names}, "due": money(9_500)},
        "problems": [],
        "buyer": {"patient_id": "pat-77", "name": "Łucja Øster"},
        "seller": None,
        "provider": None,
        "drafted_at": AT,
        "changed_at": AT,
        "changed_by": {"actor_id": "usr-1", "role": "front_desk"},
    }
    return InvoiceFinalized.model_validate({**body, **changes})


def kept(event: InvoiceFinalized) -> Invoice:
    """As the store keeps the copy and gives it to the domain."""
    return TypeAdapter(Invoice).validate_python(InvoiceReplica.of(event).model_dump())


def test_a_copy_knows_who_owes_which_part_and_who_paid() -> None:
    split = {
        "payer_id": "aok",
        "rule": "by hand",
        "insurer_part": money(8_000),
        "patient_part": money(2_000),
        "insurer_paid": money(500),
        "patient_paid": money(0),
    }
    by_insurer = {"payment_id": "pay-0", "amount": money(500), "method": "bank_transfer", "at": AT, "part": "insurer"}
    copy = kept(finalized(insurance=split, allocations=[by_insurer]))
    assert copy.insurance == InsuranceSplit(eur(8_000), eur(2_000))
    assert [allocation.part for allocation in copy.allocations] == ["insurer"]
    assert (due(copy, []), due(copy, [], "insurer")) == (eur(2_000), eur(7_500))


def test_what_each_payer_owes_is_what_invoicing_says_of_them() -> None:
    """The insurer's line was credited: nothing is open of theirs, and all that is due is the patient's."""
    split = {"payer_id": "aok", "rule": "by hand", "insurer_part": money(6_000), "patient_part": money(4_000)}
    paid = {"insurer_paid": money(0), "patient_paid": money(0)}
    nothing = {"paid": money(0), "written_off": money(0)}
    payers = [
        {"part": "insurer", "payer_id": "aok", "amount": money(6_000), "credited": money(6_000), "open": money(0)},
        {"part": "patient", "amount": money(4_000), "credited": money(0), "open": money(4_000)},
    ]
    totals = {**finalized().totals.model_dump(), "credited": money(6_000), "due": money(4_000)}
    event = finalized(insurance={**split, **paid}, payers=[{**payer, **nothing} for payer in payers], totals=totals)
    copy = kept(event)
    assert (due(copy, []), due(copy, [], "insurer")) == (eur(4_000), eur(0))
    assert InvoiceReplica.of(event).open_parts == (0, 4_000)


def test_of_two_insurers_one_is_named() -> None:
    shares = (PayerShare("insurer", "aok", eur(6_000)), PayerShare("insurer", "dkv", eur(1_000)))
    split = InsuranceSplit(eur(7_000), eur(3_000))
    copy = invoice(insurance=split, payers=(*shares, PayerShare("patient", None, eur(3_000))))
    assert [due(copy, [], "insurer", payer) for payer in ("aok", "dkv", None)] == [eur(6_000), eur(1_000), eur(7_000)]
    assert due(copy, []) == eur(3_000)
    check_payable(cash_command(amount=eur(1_000), part="insurer", payer_id="dkv"), copy, [])
    for payer_id, minor, code in (
        ("dkv", 1_001, "more-than-due"),
        (None, 1, "payer-unknown"),
        ("tk", 1, "payer-unknown"),
    ):
        with pytest.raises(BusinessError) as refused:
            check_payable(cash_command(amount=eur(minor), part="insurer", payer_id=payer_id), copy, [])
        assert refused.value.code == code


def test_a_copy_knows_when_which_part_is_due() -> None:
    plan = [{"number": part.number, "due_on": part.due_on, "amount": money(part.amount.amount_minor)} for part in PLAN]
    copy = kept(finalized(instalments=plan, due_on="2027-02-01"))
    assert (copy.instalments, copy.due_on) == (PLAN, date(2027, 2, 1))


def test_a_copy_keeps_no_names() -> None:
    assert "Łucja" not in InvoiceReplica.of(finalized()).model_dump_json()


def planned(due_minor: int = 10_000, **changes: Any) -> Invoice:
    return invoice(instalments=PLAN, totals=Totals(eur(due_minor)), **changes)


def test_the_next_part_is_the_earliest_with_something_left() -> None:
    assert next_instalment(planned(), []) == PLAN[0]
    assert next_instalment(planned(due_minor=6_000), []) == PLAN[1]
    assert next_instalment(planned(due_minor=7_500), []) == Instalment(1, PLAN[0].due_on, eur(1_500))


def test_what_was_paid_a_moment_ago_is_taken_off_the_earliest_parts() -> None:
    paid = take_cash(cash_command(amount=eur(5_000)), "pay-1", RECEIPT, BY_DESK).state
    assert next_instalment(planned(), [paid]) == Instalment(2, PLAN[1].due_on, eur(2_000))
    counted = planned(due_minor=5_000, allocations=(allocated(paid, 5_000),))
    assert next_instalment(counted, [paid]) == Instalment(2, PLAN[1].due_on, eur(2_000))


def test_an_invoice_without_a_plan_has_one_part() -> None:
    assert parts_left(invoice(due_on=date(2026, 12, 4)), []) == (Instalment(1, date(2026, 12, 4), eur(10_000)),)


def test_no_payer_is_asked_for_more_than_their_own_part() -> None:
    split = planned(insurance=InsuranceSplit(eur(7_000), eur(3_000)))
    assert next_instalment(split, []).amount == eur(3_000)
    assert next_instalment(replace(split, due_on=date(2026, 12, 4)), [], "insurer") == Instalment(
        1, date(2026, 12, 4), eur(7_000)
    )


def test_where_nothing_is_due_there_is_no_next_part() -> None:
    for settled in (planned(due_minor=0), invoice(totals=Totals(eur(0)))):
        with pytest.raises(BusinessError) as refused:
            next_instalment(settled, [])
        assert (refused.value.code, refused.value.status) == ("nothing-due", 409)
    with pytest.raises(BusinessError):
        next_instalment(planned(), [cash_payment()])


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=12), st.data())
def test_paying_the_next_part_again_and_again_pays_the_whole_in_the_order_of_the_plan(
    amounts: list[int], data: st.DataObject
) -> None:
    """Whoever pays something else in between."""
    plan = tuple(Instalment(n, date(2027, 1, n), eur(a)) for n, a in enumerate(amounts, 1))
    open_ = first = data.draw(st.integers(0, sum(amounts)))
    numbers = []
    while open_:
        following = next_instalment(invoice(instalments=plan, totals=Totals(eur(open_))), [])
        numbers.append(following.number)
        assert 0 < following.amount.amount_minor <= open_
        left = parts_left(invoice(instalments=plan, totals=Totals(eur(open_))), [])
        assert sum(part.amount.amount_minor for part in left) == open_
        open_ -= following.amount.amount_minor
    assert numbers == sorted(set(numbers))
    assert first == 0 or numbers[-1] == len(plan)
