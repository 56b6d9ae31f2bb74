"""What is on an invoice."""

from datetime import date, timedelta
from typing import Any

import pytest
from documents.adapters.pdf.invoice.view import invoice_view
from documents.usecases.documents.invoice_source import source_of

from contracts.invoicing import (
    BankAccount,
    Instalment,
    InsuranceSplit,
    InsurerClaim,
    IssuedTerms,
    LineDiscount,
    PromptPayment,
    Totals,
    Waiver,
)
from contracts.values import ActorRef, Address
from kernel.money import Money
from tests.unit.documents.samples import CLINIC, ISSUED, PATIENT, in_currency, invoice, line, payment


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


def test_only_who_paid_is_thanked_when_nothing_is_asked_for() -> None:
    nothing = Totals(net=euro(0), tax=euro(0), gross=euro(0), paid=euro(0), credited=euro(0), due=euro(0))
    view = invoice_view(invoice(totals=nothing, status="no_charge"))
    assert (view.request, view.account) == ("Ohne Berechnung: Es ist nichts zu zahlen.", ())
    split = InsuranceSplit(
        payer_id="aok",
        payer_name="AOK",
        rule="100 %",
        insurer_part=euro(25000),
        patient_part=euro(0),
        insurer_paid=euro(0),
        patient_paid=euro(0),
    )
    view = invoice_view(invoice(insurance=split))
    assert view.request == "Von Ihnen ist nichts zu zahlen: Alles wird bei AOK angefordert."


def test_a_transfer_is_asked_for_with_the_account_in_groups_of_four() -> None:
    view = invoice_view(invoice())
    assert view.request == (
        "Bitte überweisen Sie 250,00\xa0€ bis zum 20.12.2026 unter Angabe des Verwendungszwecks 2026-000123."
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


def test_what_has_a_number_and_no_clinic_is_no_invoice_to_show() -> None:
    with pytest.raises(ValueError, match="not finalized"):
        invoice_view(invoice(seller=None))


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def test_a_line_says_why_it_costs_less_than_its_unit_price() -> None:
    family = LineDiscount(discount_id="family", name="Familie 10 %", kind="percent", rate="10", amount=euro(1250))
    manager = ActorRef(actor_id="usr-1", role="billing_manager")
    lines = (
        line(1, discounts=(family,), net=euro(11250)),
        line(2, net=euro(0), waiver=Waiver(reason="repair of our own", by=manager, at=ISSUED)),
        line(3, basis="gross", tax_category="S", tax_rate="19"),
    )
    remarks = [shown.remarks for shown in invoice_view(invoice(lines=3).model_copy(update={"lines": lines})).lines]
    assert remarks == [("Familie 10 % -12,50",), ("ohne Berechnung",), ("Einzelpreis einschl. USt.",)]


def test_the_rounding_of_gross_prices_is_part_of_what_is_due() -> None:
    totals = Totals(
        net=euro(25000),
        tax=euro(0),
        gross=euro(25000),
        paid=euro(0),
        credited=euro(0),
        due=euro(24999),
        rounding=euro(-1),
    )
    view = invoice_view(invoice(totals=totals))
    assert (view.gross, view.rounding, view.due) == ("250,00\xa0€", "-0,01", "249,99\xa0€")


def test_the_patient_is_asked_for_the_patients_part_only() -> None:
    split = InsuranceSplit(
        payer_id="aok",
        payer_name="AOK",
        rule="60 %",
        insurer_part=euro(15000),
        patient_part=euro(10000),
        insurer_paid=euro(15000),
        patient_paid=euro(2000),
    )
    insurers = payment(15000, ISSUED).model_copy(update={"payment_id": "pay-2", "part": "insurer"})
    view = invoice_view(invoice(insurance=split, allocations=(payment(2000, ISSUED), insurers)))
    assert (view.insurer, view.paid, view.due) == (("AOK zahlt", "-150,00"), "-20,00", "80,00\xa0€")


def test_what_was_asked_for_when_it_was_issued_is_printed_whatever_came_of_it() -> None:
    claims = tuple(InsurerClaim(payer_id=id_, payer_name=None, amount=euro(5000)) for id_ in ("aok", "dkv"))
    issued = IssuedTerms(insurers=claims, paid=euro(3000), asked=euro(12000))
    late = (payment(25000, ISSUED - timedelta(hours=1)),)
    view = invoice_view(invoice(issued=issued, allocations=late, status="paid"))
    assert view.insurer == ("aok, dkv zahlt", "-100,00")
    assert (view.paid, view.due) == ("-30,00", "120,00\xa0€")


def test_the_content_of_a_document_is_all_that_it_prints() -> None:
    issued = IssuedTerms(paid=euro(0), asked=euro(25000))
    known = invoice(issued=issued)
    part = Instalment(number=1, due_on=date(2026, 12, 1), amount=euro(25000))
    offer = PromptPayment(
        discount_id="s", name="Skonto", rate="2", reduction=euro(500), amount=euro(24500), pay_by=date(2026, 11, 27)
    )
    printed: list[dict[str, Any]] = [
        {"issued": IssuedTerms(paid=euro(5000), asked=euro(20000))},
        {"instalments": (part,)},
        {"prompt_payment": offer},
        {"payment_reference": "RF18539007547034"},
        {"totals": known.totals.model_copy(update={"rounding": euro(1)})},
        {"totals": known.totals.model_copy(update={"discounts": euro(1)})},
        {"note": "Danke"},
    ]
    for change in printed:
        assert source_of(known.model_copy(update=change)).content != source_of(known).content
    later = {"status": "paid", "allocations": (payment(25000, ISSUED),), "version": 7, "changed_at": ISSUED}
    assert source_of(known.model_copy(update=later)).content == source_of(known).content


def test_a_document_from_before_keeps_its_content() -> None:
    before = "985befc2e76254c95dc2d8f6388557ca1adddb5e12228c11de86dfc85d952a76"
    assert source_of(invoice()).content == before
    assert source_of(invoice(payment_reference="RF18539007547034")).content == before


def test_an_instalment_plan_is_printed() -> None:
    parts = (
        Instalment(number=1, due_on=date(2026, 12, 1), amount=euro(10000)),
        Instalment(number=2, due_on=date(2027, 1, 1), amount=euro(15000)),
    )
    view = invoice_view(invoice(instalments=parts))
    assert view.instalments == (("01.12.2026", "100,00\xa0€"), ("01.01.2027", "150,00\xa0€"))


def test_the_reference_is_for_the_transfer_and_in_the_code_that_a_banking_app_reads() -> None:
    view = invoice_view(invoice(payment_reference="RF18539007547034"))
    assert ("Verwendungszweck", "RF18 5390 0754 7034") in view.account
    assert view.epc_qr is not None
    assert view.epc_qr.startswith("data:image/png;base64,")


def test_there_is_no_code_where_no_transfer_can_be_made_from_it() -> None:
    no_iban = CLINIC.model_copy(update={"bank_account": BankAccount(holder="Zahnärzte GbR")})
    false_iban = CLINIC.model_copy(update={"bank_account": BankAccount(iban="12", holder="Zahnärzte GbR")})
    for seller in (no_iban, false_iban):
        assert invoice_view(invoice(payment_reference="RF18539007547034", seller=seller)).epc_qr is None
    dollars = in_currency("USD", 100, "en-US").model_copy(update={"payment_reference": "RF18539007547034"})
    assert invoice_view(dollars).epc_qr is None
    assert invoice_view(invoice()).epc_qr is None


def test_discounts_and_the_offer_for_prompt_payment_are_told_in_the_readers_words() -> None:
    family = LineDiscount(discount_id="family", name="Familie", kind="percent", rate="10", amount=euro(1250))
    totals = Totals(
        net=euro(23750),
        tax=euro(0),
        gross=euro(23750),
        paid=euro(0),
        credited=euro(0),
        due=euro(23750),
        discounts=euro(1250),
    )
    offer = PromptPayment(
        discount_id="s", name="Skonto", rate="2", reduction=euro(475), amount=euro(23275), pay_by=date(2026, 11, 27)
    )
    reduced = line(1, discounts=(family,), net=euro(11250), basis="gross", amount=euro(12500), tax_category="S")
    snapshot = invoice(totals=totals, prompt_payment=offer).model_copy(update={"lines": (reduced, line(2))})
    view = invoice_view(snapshot)
    assert view.discounts == "Rabatte von 12,50\xa0€ sind bereits abgezogen."
    assert view.prompt == ("Skonto: Bei Zahlung bis zum 27.11.2026 zahlen Sie bitte 232,75\xa0€ (4,75\xa0€ weniger).")
    assert view.lines[0].remarks == ("Familie -12,50", "Einzelpreis einschl. USt.", "Betrag einschl. USt. 112,50")
    plain = invoice_view(invoice())
    assert (plain.discounts, plain.prompt) == (None, None)
