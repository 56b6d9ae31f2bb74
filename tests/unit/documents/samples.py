"""Invoices to render."""

from datetime import UTC, date, datetime
from typing import Any

from documents.domain.deliveries.delivery import Order, request_delivery
from documents.domain.deliveries.mail import Attached, Mail
from documents.facts import InvoiceFacts
from documents.usecases.deliveries.compose import mail_of
from documents.usecases.documents.invoice_source import source_of

from contracts.clinical import Diagnosis, LabInvoice, Provider
from contracts.invoicing import (
    Allocation,
    BankAccount,
    Buyer,
    CreditNoteIssued,
    Invoice,
    InvoiceFinalized,
    InvoiceLine,
    Seller,
    TaxSubtotal,
    Totals,
)
from contracts.values import ActorRef, Address
from kernel.actor import Actor
from kernel.change import Change
from kernel.money import Money

ISSUED = datetime(2026, 11, 20, 10, tzinfo=UTC)
PATIENT = Buyer(
    patient_id="pat-77",
    name="Łucja Øster",
    email="lucja@example.org",
    locale="de-DE",
    birth_date=date(1984, 2, 29),
    address=Address(lines=("Hauptstr. 1",), postal_code="10115", city="Berlin", country="DE"),
)
CLINIC = Seller(
    clinic_id="clinic-berlin",
    name="Zahnärzte am Hauptbahnhof",
    address=Address(lines=("Invalidenstraße 50",), postal_code="10557", city="Berlin", country="DE"),
    tax_id="DE123456789",
    email="praxis@example.org",
    phone="+49 30 123456",
    bank_account=BankAccount(iban="DE89370400440532013000", bic="COBADEFFXXX", holder="Zahnärzte GbR"),
)


def line(number: int = 1, **changes: Any) -> InvoiceLine:
    """A filling of 125.00 EUR; its description carries the number."""
    usual: dict[str, Any] = {
        "line_id": f"line-{number}",
        "kind": "procedure",
        "code": "D2391",
        "description": f"Composite, posterior, no. {number}",
        "tooth": "14",
        "surfaces": ("O", "D"),
        "quantity": "1",
        "performed_on": date(2026, 11, 20),
        "unit_price": Money(12500, "EUR"),
        "net": Money(12500, "EUR"),
        "tax_category": "E",
        "tax_rate": "0",
    }
    return InvoiceLine.model_validate({**usual, **changes})


def invoice(invoice_id: str = "inv-1", lines: int = 2, **changes: Any) -> InvoiceFinalized:
    """Finalized, exempt from VAT, nothing paid; EUR."""
    total = Money(12500 * lines, "EUR")
    nothing = Money(0, "EUR")
    exempt = TaxSubtotal(category="E", rate="0", base=total, tax=nothing, exemption_reason="§ 4 Nr. 14 UStG")
    usual: dict[str, Any] = {
        "invoice_id": invoice_id,
        "clinic_id": CLINIC.clinic_id,
        "patient_id": PATIENT.patient_id,
        "session_id": f"ses-{invoice_id}",
        "session_version": 1,
        "version": 2,
        "status": "finalized",
        "number": "2026-000123",
        "currency": "EUR",
        "lines": tuple(line(number) for number in range(1, lines + 1)),
        "tax": (exempt,),
        "totals": Totals(net=total, tax=nothing, gross=total, paid=nothing, credited=nothing, due=total),
        "problems": (),
        "buyer": PATIENT,
        "seller": CLINIC,
        "provider": Provider(provider_id="doc-4", name="Dr. Ada Weiß", npi="1234567893"),
        "issued_on": date(2026, 11, 20),
        "due_on": date(2026, 12, 20),
        "drafted_at": ISSUED,
        "finalized_at": ISSUED,
        "changed_at": ISSUED,
        "changed_by": ActorRef(actor_id="usr-1", role="billing_manager"),
    }
    return InvoiceFinalized(**{**usual, **changes})


GOZ = "http://fhir.de/CodeSystem/bzäk/goz"


def by_schedule(**changes: Any) -> Invoice:
    """A crown by the GOZ: fees at factors, a GOÄ picture, material, and lab work at cost; all exempt."""

    def fee(nth: int, code: str, net: int, description: str, **more: Any) -> InvoiceLine:
        said = {"system": GOZ, "tooth": "46", "surfaces": (), "factor": "2.3", "unit_price": Money(net, "EUR")}
        return line(nth, **{"code": code, "description": description, "net": Money(net, "EUR"), **said, **more})

    def used(nth: int, code: str, net: int, description: str, **more: Any) -> InvoiceLine:
        said = {"kind": "material", "system": None, "factor": None, "tooth": None, "unit": "each"}
        return fee(nth, code, net, description, **{**said, **more})

    lab = LabInvoice(
        number="L-77", laboratory="Dentallabor Nord", issued_on=date(2026, 11, 18), amount=Money(41250, "EUR")
    )
    narrow = "Erschwerter Zugang bei stark eingeschränkter Mundöffnung"
    lines = (
        fee(1, "0010", 1294, "Eingehende Untersuchung", tooth=None, diagnosis_ids=("d-1",)),
        fee(2, "5000", 670, "Strahlendiagnostik, je Projektion", system="http://fhir.de/CodeSystem/bäk/goä"),
        fee(3, "2210", 33030, "Vollkrone, Hohlkehlpräparation", factor="3.5", factor_reason=narrow),
        fee(4, "2197", 2559, "Adhäsive Befestigung", factor="3.5", factor_reason=narrow, surfaces=("O", "D")),
        fee(5, "2030", 1645, "Besondere Maßnahmen", factor="4.5", fee_agreed_on=date(2026, 11, 1)),
        used(6, "ABF-1", 1850, "Abformmaterial"),
        used(7, "LAB", 41250, "Vollkrone aus Zirkonoxid", lab_invoice=lab),
    )
    whole, nothing = Money(82298, "EUR"), Money(0, "EUR")
    exempt = TaxSubtotal(category="E", rate="0", base=whole, tax=nothing, exemption_reason="§ 4 Nr. 14 UStG")
    caries = Diagnosis(
        diagnosis_id="d-1", code="K02.1", system="http://fhir.de/CodeSystem/bfarm/icd-10-gm", description="Dentinkaries"
    )
    usual: dict[str, Any] = {
        "tax": (exempt,),
        "totals": Totals(net=whole, tax=nothing, gross=whole, paid=nothing, credited=nothing, due=whole),
        "payment_reference": "RF18539007547034",
        "diagnoses": (caries,),
    }
    return invoice(**{**usual, **changes}).model_copy(update={"lines": lines})


def facts_of(snapshot: Invoice) -> bytes:
    """What its document is made from."""
    return InvoiceFacts(invoice=snapshot).model_dump_json().encode()


def credit_note(credit_note_id: str = "crn-1", **changes: Any) -> CreditNoteIssued:
    """Takes a filling of 125.00 EUR with 19 % VAT off the invoice."""
    net, tax = Money(10504, "EUR"), Money(1996, "EUR")
    usual: dict[str, Any] = {
        "credit_note_id": credit_note_id,
        "invoice_id": "inv-1",
        "invoice_number": "2026-000123",
        "clinic_id": CLINIC.clinic_id,
        "patient_id": PATIENT.patient_id,
        "version": 1,
        "number": "CN-2026-000007",
        "currency": "EUR",
        "amount": Money(12500, "EUR"),
        "reason": "Doppelt berechnet",
        "issued_on": date(2026, 11, 25),
        "changed_at": ISSUED,
        "changed_by": ActorRef(actor_id="usr-1", role="billing_manager"),
        "lines": (line(1, net=net, tax_category="S", tax_rate="19"),),
        "tax": (TaxSubtotal(category="S", rate="19", base=net, tax=tax),),
        "net": net,
        "buyer": PATIENT,
        "seller": CLINIC,
    }
    return CreditNoteIssued(**{**usual, **changes})


def in_currency(currency: str, unit_minor: int, locale: str) -> InvoiceFinalized:
    """One line, in another currency, for a reader elsewhere."""
    price, nothing = Money(unit_minor, currency), Money(0, currency)
    return invoice(
        lines=1,
        currency=currency,
        buyer=PATIENT.model_copy(update={"locale": locale}),
        tax=(TaxSubtotal(category="S", rate="10", base=price, tax=nothing),),
        totals=Totals(net=price, tax=nothing, gross=price, paid=nothing, credited=nothing, due=price),
    ).model_copy(update={"lines": (line(unit_price=price, net=price),)})


def payment(amount_minor: int, at: datetime) -> Allocation:
    return Allocation(payment_id="pay-1", amount=Money(amount_minor, "EUR"), method="cash", at=at)


def mail(snapshot: Invoice, pdf: bytes, delivery_id: str = "dlv_1", order: Order | None = None) -> Mail:
    """Ordered when the invoice was issued."""
    change = Change(ISSUED, Actor("usr-1", None, "front_desk"))
    delivery = request_delivery(delivery_id, source_of(snapshot), change, order).state
    return mail_of(delivery, snapshot, [Attached(each.kind, snapshot.number or "", pdf) for each in delivery.documents])
