"""The report of a register's day on paper, read back."""

import io
from datetime import date
from typing import Any

from documents.adapters.pdf.renderer import DocumentRenderer
from documents.facts import RegisterDayFacts
from documents.usecases.documents.register_day_source import source_of_day
from pypdf import PdfReader

from contracts.cash_register import DayClosed
from contracts.values import ActorRef
from kernel.money import Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import ISSUED

CASHIER = ActorRef(actor_id="usr-3", name="Kim Beispiel", role="front_desk")


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def closed(day_id: str = "day-1", **changes: Any) -> DayClosed:
    usual: dict[str, Any] = {
        "day_id": day_id,
        "clinic_id": "clinic-berlin",
        "register_id": "desk-1",
        "date": date(2026, 11, 20),
        "version": 9,
        "status": "closed",
        "currency": "EUR",
        "opening": euro(10000),
        "cash_in": euro(25000),
        "cash_out": euro(3000),
        "expected": euro(32000),
        "counted": euro(31950),
        "variance": euro(-50),
        "variance_reason": "Wechselgeld",
        "movement_count": 7,
        "opened_at": ISSUED,
        "closed_at": ISSUED,
        "closed_by": CASHIER,
        "changed_at": ISSUED,
        "changed_by": CASHIER,
    }
    return DayClosed(**{**usual, **changes})


def text_of(renderer: DocumentRenderer, day: DayClosed, country: str | None = "DE") -> str:
    facts = RegisterDayFacts(day=day, clinic="Zahnärzte am Hauptbahnhof", time_zone="Europe/Berlin", country=country)
    pdf = renderer.render("register_day", facts.model_dump_json().encode(), PATIENCE_S).content
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_day_report_has_what_was_counted_and_what_should_have_been_there(renderer: DocumentRenderer) -> None:
    text = text_of(renderer, closed())
    for fact in (
        "Z-Bericht",
        "Kasse desk-1 Tag 20.11.2026 Geöffnet 20.11.2026, 11:00 Geschlossen 20.11.2026, 11:00 Gezählt von Kim Beispiel",
        "Anfangsbestand 100,00 Zahlungen und Einlagen 250,00 Erstattungen und Entnahmen -30,00",
        "Sollbestand 320,00 € Gezählt 319,50 € Differenz -0,50 €",
        "Grund der Differenz Wechselgeld",
    ):
        assert fact in text


def test_it_is_in_the_language_of_the_clinics_country(renderer: DocumentRenderer) -> None:
    assert "Expected in the drawer" in text_of(renderer, closed(), "IE")


def test_its_approval_makes_another_report_and_no_other_word_does() -> None:
    agreed = closed(version=10, approved_at=ISSUED, approved_by=CASHIER)
    assert source_of_day(agreed).content != source_of_day(closed()).content
    assert source_of_day(closed(version=11)).content == source_of_day(closed()).content
