"""The report of a register's day on paper, read back."""

import io
from datetime import date
from typing import Any

from documents.adapters.pdf.parties import local_reader
from documents.adapters.pdf.register_day.totals import sections
from documents.adapters.pdf.register_day.view import register_day_view
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.facts import RegisterDayFacts
from documents.usecases.documents.register_day_source import is_whole, source_of_day
from pypdf import PdfReader

from contracts.cash_register import DayClosed, Totals, VatRateTotal, ZReport
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


def total(count: int, into: int, out_of: int) -> dict[str, Any]:
    return {"count": count, "cash_in": euro(into), "cash_out": euro(out_of)}


def reported(**changes: Any) -> DayClosed:
    """With a Z report, counted coin by coin."""
    totals = Totals.model_validate(
        {
            "by_category": [
                {**total(5, 25_000, 0), "category": "payment"},
                {**total(1, 0, 2_000), "category": "refund"},
                {**total(1, 0, 1_190), "category": "purchase"},
                {**total(1, 190, 0), "category": "other"},
            ],
            "by_person": [{**total(8, 25_190, 3_190), "person": CASHIER}],
            "by_vat_rate": [{**total(1, 0, 1_190), "vat_rate": "19"}],
            "by_method": [
                {"method": "cash", "count": 6, "taken": euro(25_000), "given_back": euro(2_000)},
                {"method": "card_terminal", "count": 2, "taken": euro(11_900), "given_back": euro(0)},
            ],
            "taken_under_vat": [
                {"vat_key": 1, "vat_rate": "19", "gross": euro(11_900), "net": euro(10_000), "tax": euro(1_900)},
                {"vat_key": 6, "vat_rate": "0", "gross": euro(22_000), "net": euro(22_000), "tax": euro(0)},
                {"vat_key": 7, "vat_rate": "0", "gross": euro(1_000), "net": euro(1_000), "tax": euro(0)},
            ],
            "counter_entries": total(1, 190, 0),
            "first_receipt": "B-2026-000117",
            "last_receipt": "B-2026-000121",
            "turnover": euro(23_000),
            "rounding": euro(2),
        }
    )
    usual: dict[str, Any] = {
        "z_report": ZReport(number=118, totals=totals, grand_total=euro(4_961_200)),
        "opened_by": CASHIER,
        "denominations": [{"value_minor": 200, "count": 5}, {"value_minor": 5_000, "count": 6}],
        "deposit": euro(21_000),
        "left": euro(10_950),
        "awaiting_approval": True,
    }
    return closed(**{**usual, **changes})


def text_of(renderer: DocumentRenderer, day: DayClosed, country: str | None = "DE") -> str:
    facts = RegisterDayFacts(day=day, clinic="Zahnärzte am Hauptbahnhof", time_zone="Europe/Berlin", country=country)
    pdf = renderer.render("register_day", facts.model_dump_json().encode(), PATIENCE_S).content
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_day_report_has_what_was_counted_and_what_should_have_been_there(renderer: DocumentRenderer) -> None:
    text = text_of(renderer, closed())
    for fact in (
        "Z-Bericht",
        "Kasse desk-1 Tag 20.11.2026 Geöffnet 20.11.2026, 11:00 Geschlossen 20.11.2026, 11:00 Gezählt von Kim Beispiel",
        "Anfangsbestand 100,00 Zahlungen und Einlagen 250,00 250,00 Erstattungen und Entnahmen 30,00 -30,00",
        "Sollbestand 320,00 € Gezählt 319,50 € Differenz -0,50 €",
        "Grund der Differenz Wechselgeld",
    ):
        assert fact in text


def test_the_foot_keeps_a_date_whole_from_right_to_left() -> None:
    """Its marks are in an isolate of their own, or it would be read with the number before it."""
    facts = RegisterDayFacts(day=reported(), clinic="Zahnärzte", time_zone=None, country="EG")
    assert register_day_view(facts).sheet.foot.endswith(" \u2068desk-1,\u2069 \u206820\u200f/11\u200f/2026\u2069")


def test_it_is_in_the_language_of_the_clinics_country(renderer: DocumentRenderer) -> None:
    assert "Expected in the drawer" in text_of(renderer, closed(), "IE")


def test_a_z_report_has_its_number_and_all_of_its_totals(renderer: DocumentRenderer) -> None:
    text = text_of(renderer, reported())
    for fact in (
        "Z-Bericht Nr. 118",
        "Belege B-2026-000117 bis B-2026-000121",
        "Zahlungen bar 5 250,00 0,00 250,00 Erstattungen bar 1 0,00 20,00 -20,00",
        "Zur Bank 210,00 € Bleibt in der Kasse 109,50 €",
        "Bar 6 250,00 20,00 230,00 Karte am Terminal 2 119,00 0,00 119,00",
        "19 % 119,00 100,00 19,00 steuerfrei 220,00 220,00 0,00 nicht bekannt 10,00 10,00 0,00",
        "19 % 1 0,00 11,90 -11,90",
        "Kim Beispiel 8 251,90 31,90 220,00",
        "Stornos (Gegenbuchungen) 1 1,90 Erstattungen bar 1 -20,00 Umsatz bar 230,00 Davon Rundung 0,02",
        "Gesamtumsatz bar seit dem ersten Z-Bericht 49.612,00",
        "50,00 6 300,00 2,00 5 10,00",
        "Eine zweite Person muss der Differenz noch zustimmen.",
    ):
        assert fact in text, text


def test_tips_to_the_clinic_are_summed_by_tax_rate() -> None:
    day = reported()
    assert day.z_report is not None
    tips = (VatRateTotal.model_validate({**total(1, 535, 0), "vat_rate": "7"}),)
    totals = day.z_report.totals.model_copy(update={"by_vat_rate": (), "tips_by_vat_rate": tips})
    with_tips = reported(z_report=day.z_report.model_copy(update={"totals": totals}))
    [tables] = [
        one for one in sections(with_tips, local_reader("DE")) if one.title == "Trinkgeld an die Praxis nach Steuersatz"
    ]
    assert tables.grid is not None
    assert tables.grid.rows == (("7 %", "1", "5,35", "0,00", "5,35"),)


def test_a_report_that_does_not_tell_the_vat_yet_is_not_printed_by_itself() -> None:
    whole = reported()
    assert whole.z_report is not None
    pending = whole.z_report.totals.model_copy(update={"taken_under_vat": None})
    waiting = reported(z_report=whole.z_report.model_copy(update={"totals": pending}))
    assert [is_whole(day) for day in (whole, waiting, closed())] == [True, False, True]


def test_what_was_printed_without_a_number_is_not_printed_anew() -> None:
    former = source_of_day(closed())
    assert former.formerly is not None
    assert source_of_day(reported(awaiting_approval=False)).is_of(former.formerly)


def test_its_approval_makes_another_report_and_no_other_word_does() -> None:
    agreed = closed(version=10, approved_at=ISSUED, approved_by=CASHIER)
    assert source_of_day(agreed).content != source_of_day(closed()).content
    assert source_of_day(closed(version=11)).content == source_of_day(closed()).content
