"""Submissions, reminders and instalment plans, read back."""

import io
from datetime import date
from typing import Any

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.domain.documents.document import SheetKind
from documents.domain.documents.reminder import Part, overdue, step_of
from documents.facts import InstalmentPlanFacts, InvoiceFacts, OverduePart, ReminderFacts
from documents.usecases.documents.invoice_sheets import instalment_plan_sheets, submission_sheets
from pypdf import PdfReader

from contracts.clinical import Coverage, Diagnosis, Subscriber
from contracts.invoicing import Instalment, Invoice, PayerShare
from contracts.values import Address
from kernel.errors import Conflict
from kernel.money import Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import CLINIC, PATIENT, by_schedule, facts_of, invoice, line


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def texts_of(renderer: DocumentRenderer, kind: SheetKind, facts: bytes) -> list[str]:
    pdf = renderer.render(kind, facts, PATIENCE_S).content
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def claimed(lines: int) -> Invoice:
    """Each line half the insurer's, of which some is paid."""
    shown = tuple(line(at, insurer_part=euro(6250), system="http://www.ada.org/cdt") for at in range(1, lines + 1))
    half, nothing = euro(6250 * lines), euro(0)
    sums = {"credited": nothing, "written_off": nothing}
    payers = (
        PayerShare(part="insurer", payer_id="aok", payer_name="AOK", amount=half, paid=euro(1000), open=half, **sums),
        PayerShare(part="patient", amount=half, paid=euro(2000), open=half, **sums),
    )
    cover = Coverage(payer_id="aok", payer_name="AOK", plan="standard", member_id="X123", relationship="self")
    buyer = PATIENT.model_copy(update={"coverage": cover})
    return invoice(lines=lines, buyer=buyer, payers=payers).model_copy(update={"lines": shown})


def test_an_insurer_gets_ten_lines_a_page_with_its_part_of_each(renderer: DocumentRenderer) -> None:
    texts = texts_of(renderer, "submission", submission_sheets(claimed(23), None).facts)
    assert [text.count("Composite") for text in texts[:3]] == [10, 10, 3]
    assert sum(text.count("Composite") for text in texts) == 23
    for text in texts[:3]:
        assert "An AOK" in text
        assert "Versichertennr. X123 Tarif standard Verhältnis zum Versicherungsnehmer selbst" in text
        assert "NPI 1234567893" in text
    assert "20.11.2026 D2391 CDT Composite, posterior, no. 1 14 O D 1 125,00 62,50 62,50" in texts[0]
    assert "Honorar dieser Seite 1.250,00" in texts[0]
    assert "Von der Versicherung gezahlt -10,00 Von der Versicherung erbeten 1.427,50 €" in texts[2]
    assert all("Von Patient/in gezahlt: 20,00 €" in text for text in texts[:3])
    assert "Unterschrift" in texts[-1]


def insured(snapshot: Invoice, **said: Any) -> Invoice:
    """All of it the insurer's."""
    nothing, whole = euro(0), snapshot.totals.gross
    sums = {"credited": nothing, "written_off": nothing, "paid": nothing}
    share = PayerShare(part="insurer", payer_id="dkv", payer_name="DKV", amount=whole, open=whole, **sums)
    cover = Coverage(payer_id="dkv", payer_name="DKV", member_id="X123", **said)
    buyer = PATIENT.model_copy(update={"coverage": cover})
    return snapshot.model_copy(update={"buyer": buyer, "payers": (share,)})


def test_a_claim_names_group_subscriber_and_diagnoses_with_a_pointer_a_line(renderer: DocumentRenderer) -> None:
    holder = Subscriber(name="Ola Øster", subscriber_id="S-1", birth_date=date(1956, 1, 31))
    diagnoses = (Diagnosis(diagnosis_id="a", code="K02.51"), Diagnosis(diagnosis_id="b", code="K05.3"))
    lines = (line(1, diagnosis_ids=("a", "b")), line(2, diagnosis_ids=("b",)))
    seller = CLINIC.model_copy(update={"npi": "1112223334", "tax_id": "12-3456789", "address": Address(country="US")})
    snapshot = invoice(diagnoses=diagnoses, seller=seller).model_copy(update={"lines": lines})
    claim = insured(snapshot, group_number="G-100", relationship="child", subscriber=holder)
    [text] = texts_of(renderer, "submission", submission_sheets(claim, None).facts)
    assert "Group no. G-100" in text
    assert "Subscriber Ola Øster, Jan 31, 1956, S-1" in text
    assert "Diagnoses A K02.51 (ICD-10-CM); B K05.3 (ICD-10-CM)" in text
    assert "no. 1 14 O D A B 1 125.00" in text
    assert "no. 2 14 O D B 1 125.00" in text
    assert "Billing NPI 1112223334" in text
    assert "EIN 12-3456789" in text


@pytest.mark.parametrize(
    ("assigned", "words", "signs"),
    [(True, "sind an die Praxis abgetreten", False), (False, "nicht abgetreten", False), (None, "Ich trete", True)],
)
def test_what_is_said_of_the_assignment_is_not_to_be_signed(
    renderer: DocumentRenderer, assigned: bool | None, words: str, signs: bool
) -> None:
    claim = insured(invoice(), assignment_of_benefits=assigned)
    [text] = texts_of(renderer, "submission", submission_sheets(claim, None).facts)
    assert words in text
    assert ("Unterschrift" in text) is signs


def says_what_section_10_asks_for(text: str, part: str = "") -> None:
    """Of the invoice, and of what an insurer gets of it with its part of each line."""
    assert "Datum Region Nr. Leistung / Auslagen" in text
    for row in (
        "20.11.2026 46 Ä5000 Strahlendiagnostik, je Projektion 2,30 1 6,70",
        "20.11.2026 46 O D 2197 Adhäsive Befestigung 1) 3,50 1 25,59",
        "20.11.2026 46 2030 Besondere Maßnahmen 2) 4,50 1 16,45",
    ):
        assert row + part in text, row
    assert "1) Erschwerter Zugang bei stark eingeschränkter Mundöffnung" in text
    assert "2) Vereinbarung nach § 2 GOZ vom 01.11.2026" in text
    assert "Dentallabor Nord, Rechnung L-77, 18.11.2026" in text


def test_an_invoice_by_the_goz_has_the_form_of_its_annex_2(renderer: DocumentRenderer) -> None:
    pdf = renderer.render("invoice", facts_of(by_schedule()), PATIENCE_S).content
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
    says_what_section_10_asks_for(text)
    assert "Honorar 391,98 Materialkosten 18,50 Auslagen nach § 9 GOZ 412,50 Zwischensumme 822,98" in text
    assert "Einzelpreis" not in text


def test_an_insurer_gets_the_same_form(renderer: DocumentRenderer) -> None:
    texts = texts_of(renderer, "submission", submission_sheets(insured(by_schedule()), None).facts)
    says_what_section_10_asks_for(" ".join(texts))
    assert "20.11.2026 0010 Eingehende Untersuchung A 2,30 1 12,94" in texts[0]
    assert "Diagnosen A K02.1 (ICD-10-GM) Dentinkaries" in texts[0]


def test_what_no_insurer_is_asked_for_is_not_submitted() -> None:
    for snapshot, payer, code in (
        (invoice(), None, "no-claim"),
        (claimed(1), "dkv", "no-claim"),
        (invoice(number=None, status="draft"), None, "invoice-not-finalized"),
        (claimed(1).model_copy(update={"status": "void"}), None, "invoice-void"),
    ):
        with pytest.raises(Conflict) as refusal:
            submission_sheets(snapshot, payer)
        assert refusal.value.code == code


@pytest.mark.parametrize(("step", "title"), [(1, "Erinnerung"), (2, "Mahnung"), (3, "Letzte Mahnung")])
def test_a_reminder_is_of_what_is_open_and_says_how_to_pay_it(
    renderer: DocumentRenderer, step: int, title: str
) -> None:
    snapshot = invoice(payment_reference="RF18539007547034")
    facts = ReminderFacts(invoice=snapshot, open=euro(7000), step=step, as_of=date(2027, 1, 15))
    [text] = texts_of(renderer, "reminder", facts.model_dump_json().encode())
    assert title in text
    assert "2026-000123 20.11.2026 20.12.2026 70,00 Zahlbetrag 70,00 €" in text
    assert "Verwendungszweck RF18 5390 0754 7034" in text
    assert "IBAN DE89 3704" in text


def test_a_reminder_is_of_the_instalments_that_are_overdue_each_with_its_amount_and_day(
    renderer: DocumentRenderer,
) -> None:
    parts = (
        OverduePart(number=2, due_on=date(2027, 1, 1), open=euro(3000)),
        OverduePart(number=3, due_on=date(2027, 2, 1), open=euro(5000)),
    )
    facts = ReminderFacts(invoice=invoice(), open=euro(8000), step=2, as_of=date(2027, 2, 2), parts=parts)
    [text] = texts_of(renderer, "reminder", facts.model_dump_json().encode())
    assert "2026-000123 20.11.2026 2 01.01.2027 30,00" in text
    assert "2026-000123 20.11.2026 3 01.02.2027 50,00 Zahlbetrag 80,00 €" in text


PLAN = (
    Part(1, date(2026, 12, 1), euro(5000)),
    Part(2, date(2027, 1, 1), euro(5000)),
    Part(3, date(2027, 2, 1), euro(2500)),
)


@pytest.mark.parametrize(
    ("open_minor", "today", "late"),
    [
        (12500, date(2026, 12, 1), []),
        (12500, date(2026, 12, 2), [(1, 5000)]),
        (12500, date(2027, 2, 2), [(1, 5000), (2, 5000), (3, 2500)]),
        (7500, date(2027, 1, 1), []),
        (7000, date(2027, 1, 2), [(2, 4500)]),
        (2500, date(2027, 2, 1), []),
        (14000, date(2027, 2, 2), [(1, 5000), (2, 5000), (3, 4000)]),
        (14000, date(2027, 1, 31), [(1, 5000), (2, 5000)]),
        (0, date(2027, 6, 1), []),
    ],
)
def test_what_is_paid_pays_the_earliest_instalment_first(
    open_minor: int, today: date, late: list[tuple[int, int]]
) -> None:
    assert [(part.number, part.amount.amount_minor) for part in overdue(PLAN, euro(open_minor), today)] == late


def test_what_is_due_as_a_whole_is_overdue_as_a_whole() -> None:
    whole = Part(None, date(2026, 12, 1), euro(7000))
    assert list(overdue([whole], euro(7000), date(2026, 12, 2))) == [whole]
    assert list(overdue([whole], euro(7000), date(2026, 12, 1))) == []


def test_a_draft_has_the_name_of_its_clinic(renderer: DocumentRenderer) -> None:
    draft = invoice(number=None, seller=None, status="draft", issued_on=None, due_on=None, finalized_at=None)
    facts = InvoiceFacts(invoice=draft, clinic="Praxis am Markt").model_dump_json().encode()
    pdf = renderer.render("invoice", facts, PATIENCE_S).content
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert text.startswith("Praxis am Markt") or "Praxis am Markt" in text.splitlines()[:3]


def test_the_step_is_by_how_long_it_is_overdue() -> None:
    due = date(2026, 12, 1)
    days = (date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 15), date(2026, 12, 16), date(2026, 12, 30))
    assert [step_of(due, day) for day in days] == [None, 1, 1, 2, 3]


def test_an_instalment_plan_has_each_instalment_with_its_day(renderer: DocumentRenderer) -> None:
    parts = (
        Instalment(number=1, due_on=date(2026, 12, 1), amount=euro(10000)),
        Instalment(number=2, due_on=date(2027, 1, 1), amount=euro(15000)),
    )
    facts = InstalmentPlanFacts(invoice=invoice(instalments=parts))
    [text] = texts_of(renderer, "instalment_plan", facts.model_dump_json().encode())
    assert "1 01.12.2026 100,00 2 01.01.2027 150,00 Gesamtbetrag 250,00 €" in text
    with pytest.raises(Conflict):
        instalment_plan_sheets(invoice())
