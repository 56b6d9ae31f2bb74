"""Submissions, reminders and instalment plans, read back."""

import io
from datetime import date

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.domain.documents.document import SheetKind
from documents.domain.documents.reminder import step_of
from documents.facts import InstalmentPlanFacts, ReminderFacts
from documents.usecases.documents.invoice_sheets import instalment_plan_sheets, submission_sheets
from pypdf import PdfReader

from contracts.clinical import Coverage
from contracts.invoicing import Instalment, Invoice, PayerShare
from kernel.errors import Conflict
from kernel.money import Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import PATIENT, invoice, line


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
        PayerShare(part="patient", amount=half, paid=nothing, open=half, **sums),
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
    assert "Unterschrift" in texts[-1]


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
