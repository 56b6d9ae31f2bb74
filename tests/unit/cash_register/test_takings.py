"""What the desk takes beside cash, and where it counts."""

from typing import Any

import pytest
from cash_register.consumers import cash_of, takings_of
from cash_register.domain.days.cash import payment_movement_id
from cash_register.domain.days.closing import CloseTerms
from cash_register.domain.exports.heard import CashAllocation
from cash_register.domain.exports.receipts import Origin
from cash_register.domain.registers.deposits import ReportedPayment
from cash_register.domain.registers.register import Register, end_day, take
from cash_register.domain.registers.takings import Allocated, Taking, TakingRange, takings_in
from hypothesis import given
from hypothesis import strategies as st

from contracts.payments import PaymentReceived
from kernel.errors import BusinessError
from tests.unit.cash_register.books import closed
from tests.unit.cash_register.drawer import AT, DESK, eur, opened
from tests.unit.cash_register.test_cash_of_payments import payment, refund, refunded


def by_card(**changed: Any) -> PaymentReceived:
    usual = {"method": "card_terminal", "register_id": None, "receipt_number": "B-1"}
    return PaymentReceived.model_validate(payment(**usual | changed))


def test_a_card_at_the_terminal_is_taken_at_the_register_that_it_names() -> None:
    [taken] = takings_of(by_card(register_id="front"))
    assert (taken.register_id, taken.kind, taken.method, taken.amount) == (
        *("front", "payment", "card_terminal"),
        eur(5_000),
    )
    assert (taken.taking_id, taken.receipt_number) == (payment_movement_id("pay_1"), "B-1")
    [nowhere] = takings_of(by_card(method="cheque"))
    assert (nowhere.register_id, nowhere.method) == ("", "cheque")


def test_what_is_given_back_of_it_is_its_own() -> None:
    first, back = takings_of(refunded(refund(), refund(refund_id="ref_2", status="pending"), method="card_terminal"))
    assert (first.amount, back.amount, back.kind, back.reason) == (eur(5_000), eur(-2_000), "refund", "paid twice")
    assert first.taking_id != back.taking_id


@pytest.mark.parametrize(("own", "named"), [(None, "B-1"), ("B-2", "B-2")])
def test_what_is_given_back_is_named_by_its_own_receipt_and_before_there_was_one_by_the_payments(
    own: str | None, named: str
) -> None:
    back = refund(receipt_number=own)
    assert takings_of(refunded(back, method="card_terminal", receipt_number="B-1"))[1].receipt_number == named
    assert cash_of(refunded(back, receipt_number="B-1"))[1].receipt_number == named


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "cash"},
        {"method": "bank_transfer"},
        {"method": "card"},
        {"status": "pending"},
        {"status": "reversed"},
    ],
)
def test_no_other_payment_is_a_registers(changed: dict[str, str]) -> None:
    assert takings_of(by_card(**changed)) == []


def test_one_in_two_currencies_is_refused() -> None:
    with pytest.raises(BusinessError) as refusal:
        takings_of(by_card(rounding={"amount_minor": 1, "currency": "CHF"}))
    assert refusal.value.code == "currency-differs"


def test_each_is_in_the_next_z_report_of_its_currency_and_in_no_other() -> None:
    register = Register("front", "clinic-berlin")
    card, francs = takings_of(by_card())[0], takings_of(by_card(payment_id="pay_2", **_in("CHF")))[0]
    cheque = takings_of(by_card(payment_id="pay_3", method="cheque"))[0]
    register, numbered = take(register, [card, francs, cheque])
    assert [(one.amount.currency, one.number) for one in numbered] == [("EUR", 1), ("CHF", 1), ("EUR", 2)]
    day = closed(opened(), terms=CloseTerms(takings=takings_in(register.takings, "EUR"), taken_under_vat=()))
    assert day.z_report is not None
    assert day.takings == TakingRange(0, 2)
    ways = day.z_report.totals.by_method or ()
    assert [(way.method, way.count, way.taken) for way in ways] == [
        ("card_terminal", 1, eur(5_000)),
        ("cheque", 1, eur(5_000)),
    ]
    register = end_day(register, day.z_report).state
    assert takings_in(register.takings, "EUR").unreported == TakingRange(2, 2)
    assert takings_in(register.takings, "EUR").by_method == ()
    assert takings_in(register.takings, "CHF").unreported == TakingRange(0, 1)


def _in(currency: str) -> dict[str, Any]:
    money = {"amount_minor": 5_000, "currency": currency}
    return {"currency": currency, "amount": money, "settled": money, "refunded": {**money, "amount_minor": 0}}


@given(st.integers(0, 5_000), st.lists(st.integers(1, 4_000), max_size=6))
def test_a_deposit_is_used_for_one_invoice_after_the_other_and_never_for_more_than_there_is(
    reported_minor: int, wanted: list[int]
) -> None:
    """Of 50.00, `reported_minor` were known to be of an invoice."""
    reported = (Allocated("R-0", reported_minor, ()),) if reported_minor else ()
    paid = ReportedPayment("front", "EUR", Origin(5_000, allocated=reported))
    used: list[Taking] = []
    for number, amount_minor in enumerate(wanted, 1):
        allocation = CashAllocation(
            payment_id="pay_1",
            invoice_id=f"inv_{number}",
            invoice_version=1,
            at=AT,
            clinic_id="clinic-berlin",
            invoice_number=f"R-{number}",
            amount_minor=amount_minor,
            taxed=(),
        )
        assert not paid.tells_of(allocation)
        use = paid.use(allocation, used, DESK)
        used += [] if use is None else [use]
    assert sum(one.used.amount_minor for one in used if one.used) == min(5_000 - reported_minor, sum(wanted))
    assert {(one.amount, one.method, one.kind) for one in used} <= {(eur(0), "none", "deposit_used")}
    assert len({one.taking_id for one in used}) == len(used)
