"""What may be taken, from whom, and into which drawer."""

import pytest
from payments.domain.intake.intake import take_cash, take_transfer
from payments.domain.intake.lifecycle import PaymentEvent
from payments.domain.intake.open_items import Allocation, InsuranceSplit, Totals, check_payable, check_register, due
from payments.domain.intake.refunds import refund

from kernel.errors import BusinessError
from kernel.money import Money
from tests.unit.payments.examples import (
    AT,
    BY_DESK,
    RECEIPT,
    allocated,
    card_payment,
    cash_command,
    cash_payment,
    eur,
    invoice,
    open_day,
    refund_command,
    transfer_command,
)


def test_cash_is_settled_at_once_with_a_receipt_and_change() -> None:
    outcome = take_cash(cash_command(), "pay-1", RECEIPT, BY_DESK)
    payment = outcome.state
    assert (payment.status, payment.receipt_number, payment.change) == ("settled", RECEIPT, eur(2000))
    assert (payment.settled, payment.settled_at, payment.version) == (eur(10000), AT, 1)
    assert outcome.events == (PaymentEvent("received", payment, BY_DESK),)


def test_a_transfer_is_settled_at_once_and_keeps_its_reference() -> None:
    payment = take_transfer(transfer_command(), "pay-1", RECEIPT, BY_DESK).state
    assert (payment.status, payment.reference) == ("settled", "RF18539007547034")
    assert payment.change is None


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_nothing_or_less_cannot_be_paid(amount_minor: int) -> None:
    with pytest.raises(BusinessError) as refused:
        take_cash(cash_command(amount=eur(amount_minor)), "pay-1", RECEIPT, BY_DESK)
    assert refused.value.code == "amount-not-positive"


@pytest.mark.parametrize(
    ("tendered", "code"), [(eur(9999), "tendered-too-little"), (Money(10000, "CHF"), "currency-differs")]
)
def test_what_is_tendered_covers_the_amount_in_its_currency(tendered: Money, code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        take_cash(cash_command(tendered=tendered), "pay-1", RECEIPT, BY_DESK)
    assert refused.value.code == code


def test_a_finalized_invoice_takes_what_is_due() -> None:
    check_payable(cash_command(), invoice(), [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "draft"}, "invoice-not-finalized"),
        ({"status": "void"}, "invoice-void"),
        ({"status": "paid"}, "invoice-paid"),
        ({"status": "archived"}, "invoice-paid"),
        ({"patient_id": "pat-78"}, "invoice-of-another-patient"),
        ({"clinic_id": "clinic-bern"}, "invoice-unknown"),
        ({"currency": "CHF", "totals": Totals(Money(10000, "CHF"))}, "currency-differs"),
        ({"totals": Totals(eur(9999))}, "more-than-due"),
    ],
)
def test_an_invoice_says_why_it_takes_no_money(changes: dict[str, object], code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        check_payable(cash_command(), invoice(**changes), [])
    assert refused.value.code == code


def test_an_invoice_that_was_never_heard_of_takes_no_money() -> None:
    with pytest.raises(BusinessError) as refused:
        check_payable(cash_command(), None, [])
    assert refused.value.code == "invoice-unknown"


def test_more_than_what_is_due_is_taken_only_when_the_command_allows_it() -> None:
    check_payable(cash_command(amount=eur(10001), tendered=eur(10001), allow_credit=True), invoice(), [])


def test_a_payment_that_invoicing_has_not_counted_yet_lowers_what_is_due() -> None:
    assert due(invoice(), [cash_payment()]) == eur(0)


def test_a_payment_that_invoicing_has_counted_is_not_counted_twice() -> None:
    payment = cash_payment()
    known = invoice(totals=Totals(eur(5000)), allocations=(allocated(payment, 10000),))
    assert due(known, [payment]) == eur(5000)


def test_a_refund_that_invoicing_has_not_counted_yet_raises_what_is_due() -> None:
    payment = cash_payment()
    known = invoice(totals=Totals(eur(0)), allocations=(allocated(payment, 10000),))
    refunded = refund(payment, refund_command(register_id="till-1"), "ref-1", BY_DESK).state
    assert due(known, [refunded]) == eur(4000)


def test_what_became_credit_on_the_account_does_not_lower_what_is_due_again() -> None:
    payment = cash_payment()
    known = invoice(totals=Totals(eur(2000)), allocations=(allocated(payment, 6000),))
    assert due(known, [payment]) == eur(2000)


def test_a_card_payment_that_is_pending_does_not_lower_what_is_due() -> None:
    assert due(invoice(), [card_payment()]) == eur(10000)


def test_each_payer_of_a_split_invoice_owes_their_own_part() -> None:
    split = InsuranceSplit(eur(8000), eur(2000))
    known = invoice(insurance=split, allocations=(Allocation("pay-0", eur(500)),), totals=Totals(eur(9500)))
    insurers = transfer_command(part="insurer", amount=eur(8000))
    payment = take_transfer(insurers, "pay-1", "R-1", BY_DESK).state
    assert (payment.part, cash_payment().part) == ("insurer", "patient")
    assert (due(known, []), due(known, [], "insurer")) == (eur(1500), eur(8000))
    assert (due(known, [payment]), due(known, [payment], "insurer")) == (eur(1500), eur(0))
    check_payable(insurers, known, [])
    with pytest.raises(BusinessError) as refused:
        check_payable(cash_command(amount=eur(1501)), known, [])
    assert refused.value.code == "more-than-due"


def test_what_was_given_up_is_not_asked_of_any_payer() -> None:
    known = invoice(insurance=InsuranceSplit(eur(8000), eur(2000)), totals=Totals(eur(100)))
    assert due(known, []) == due(known, [], "insurer") == eur(100)


def test_cash_needs_an_open_register_of_its_currency() -> None:
    check_register(open_day(), "till-1", eur(1))
    with pytest.raises(BusinessError) as refused:
        check_register(None, "till-1", eur(1))
    assert (refused.value.code, refused.value.status) == ("register-not-open", 409)
    with pytest.raises(BusinessError) as refused:
        check_register(open_day(currency="CHF"), "till-1", eur(1))
    assert refused.value.code == "currency-differs"
