"""What is on an invoice."""

from datetime import timedelta

import pytest
from documents.rendering.invoice import invoice_view

from contracts.invoicing import BankAccount
from contracts.values import Address
from tests.unit.documents.samples import CLINIC, ISSUED, PATIENT, invoice, payment


def test_what_was_paid_before_the_invoice_was_issued_is_taken_off() -> None:
    view = invoice_view(invoice(allocations=(payment(5000, ISSUED - timedelta(hours=1)),)))
    assert (view.gross, view.paid, view.due) == ("250,00\xa0€", "-50,00", "200,00\xa0€")


def test_a_later_payment_does_not_change_what_was_issued() -> None:
    later = invoice(allocations=(payment(25000, ISSUED + timedelta(seconds=1)),), status="paid", version=5)
    assert invoice_view(later) == invoice_view(invoice())


def test_nothing_is_asked_for_when_all_was_paid_before() -> None:
    view = invoice_view(invoice(allocations=(payment(25000, ISSUED),)))
    assert view.request == "Es ist nichts mehr zu zahlen. Vielen Dank für Ihre Zahlung."
    assert view.account == ()


def test_a_transfer_is_asked_for_with_the_account_in_groups_of_four() -> None:
    view = invoice_view(invoice())
    assert view.request == (
        "Bitte überweisen Sie 250,00\xa0€ bis zum 20.12.2026 unter Angabe der Rechnungsnummer 2026-000123."
    )
    assert ("IBAN", "DE89 3704 0044 0532 0130 00") in view.account


@pytest.mark.parametrize("account", [None, BankAccount(holder="Zahnärzte GbR")])
def test_without_an_account_payment_is_asked_for_at_the_desk(account: BankAccount | None) -> None:
    view = invoice_view(invoice(seller=CLINIC.model_copy(update={"bank_account": account}), due_on=None))
    assert (
        view.request == "Bitte zahlen Sie 250,00\xa0€ an unserem Empfang unter Angabe der Rechnungsnummer 2026-000123."
    )
    assert view.account == ()


def test_a_patient_abroad_gets_the_country_in_capitals() -> None:
    abroad = Address(lines=("ul. Długa 1", "m. 4"), postal_code="00-238", city="Warszawa", country="PL")
    view = invoice_view(invoice(buyer=PATIENT.model_copy(update={"address": abroad})))
    assert view.recipient == ("Łucja Øster", "ul. Długa 1", "m. 4", "00-238 Warszawa", "POLEN")


def test_a_draft_has_no_invoice_to_show() -> None:
    with pytest.raises(ValueError, match="not finalized"):
        invoice_view(invoice(number=None))
