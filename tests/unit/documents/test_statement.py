"""The statement of account: what it adds up to, and what is on the page."""

import io
from datetime import date
from typing import Any

from documents.adapters.pdf.renderer import DocumentRenderer
from documents.domain.documents.statement import Claim, Entry, ages, balances, in_order
from documents.facts import OwedBy, StatementEntry, StatementFacts, StatementLedger
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from kernel.money import Money, total
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import CLINIC, PATIENT

TODAY = date(2026, 12, 31)


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


ENTRIES = st.lists(
    st.builds(
        Entry,
        st.dates(date(2026, 1, 1), TODAY),
        st.just("invoice"),
        st.text("ab", max_size=3),
        st.integers(-9999, 9999).map(euro),
    )
)


@given(ENTRIES)
def test_the_last_balance_is_the_sum_of_all_that_moved(entries: list[Entry]) -> None:
    ordered = in_order(entries)
    assert balances(ordered)[-1:] == ([total((e.amount for e in entries), "EUR")] if entries else [])
    assert [entry.on for entry in ordered] == sorted(entry.on for entry in entries)


@given(st.lists(st.builds(Claim, st.dates(date(2026, 1, 1), date(2027, 3, 1)), st.integers(0, 9999).map(euro))))
def test_what_is_open_is_of_one_age(claims: list[Claim]) -> None:
    assert total(ages(claims, "EUR", TODAY), "EUR") == total((claim.open for claim in claims), "EUR")


def test_ages_are_counted_from_the_day_after_it_was_due() -> None:
    days = (date(2026, 12, 31), date(2026, 12, 30), date(2026, 12, 1), date(2026, 11, 30), date(2026, 10, 2))
    claims = [Claim(day, euro(10**at)) for at, day in enumerate((*days, date(2026, 10, 1)))]
    assert ages(claims, "EUR", TODAY) == (euro(1), euro(110), euro(1000), euro(10000), euro(100000))


def statement(entries: int) -> StatementFacts:
    shown = tuple(
        StatementEntry(
            on=date(2026, 11, 20), word="invoice", number=f"2026-{at:06}", amount=euro(12500), balance=euro(12500 * at)
        )
        for at in range(1, entries + 1)
    )
    owed = euro(12500 * entries)
    ledger = StatementLedger(
        currency="EUR",
        entries=shown,
        balance=owed,
        open=owed + euro(500),
        credit=euro(500),
        ages=(owed, euro(500), euro(0), euro(0), euro(0)),
    )
    return StatementFacts(
        clinic_id=CLINIC.clinic_id,
        patient_id=PATIENT.patient_id,
        as_of=TODAY,
        clinic=CLINIC.name,
        seller=CLINIC,
        buyer=PATIENT,
        ledgers=(ledger,),
    )


def family() -> StatementFacts:
    """Of mother and child; an insurer has not paid yet."""
    names = ("Łucja Øster", "Ola Øster")
    shown = tuple(
        StatementEntry(
            on=date(2026, 11, 20 + at),
            word="invoice" if at < 2 else "payment",
            number=f"2026-{at:06}" if at < 2 else "R-7",
            amount=euro(12500 if at < 2 else -4000),
            balance=euro((12500, 25000, 21000)[at]),
            patient=names[at % 2],
        )
        for at in range(3)
    )
    owed = (
        OwedBy(amount=euro(8500), patient=names[0]),
        OwedBy(amount=euro(12500), patient=names[1]),
        OwedBy(amount=euro(30000), insurer="DKV"),
    )
    [ledger] = statement(1).ledgers
    changes: dict[str, Any] = {"entries": shown, "balance": euro(21000), "open": euro(21000), "credit": euro(0)}
    changes |= {"ages": (euro(21000), *[euro(0)] * 4), "owed": owed}
    return statement(1).model_copy(update={"ledgers": (ledger.model_copy(update=changes),), "members": names})


def test_a_familys_statement_says_whose_each_entry_is_and_who_owes_what(renderer: DocumentRenderer) -> None:
    pdf = renderer.render("statement", family().model_dump_json().encode(), PATIENCE_S)
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages).split())
    assert "Familie Łucja Øster, Ola Øster" in text
    assert "Datum Patient/in Vorgang Nummer Betrag Saldo" in text
    assert "21.11.2026 Ola Øster Rechnung 2026-000001 125,00 250,00" in text
    assert "Offen 210,00 €" in text
    assert "Łucja Øster 85,00 € Ola Øster 125,00 € DKV 300,00 €" in text


def test_a_statement_has_its_ledger_its_ages_and_the_credit(renderer: DocumentRenderer) -> None:
    pdf = renderer.render("statement", statement(60).model_dump_json().encode(), PATIENCE_S)
    texts = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf.content)).pages]
    whole = " ".join(texts)
    assert pdf.pages == len(texts) > 1
    assert "20.11.2026 Rechnung 2026-000002 125,00 250,00" in whole
    assert "Offen 7.505,00 Nicht verwendetes Guthaben -5,00 Saldo 7.500,00 €" in whole
    assert "Noch nicht fällig 1 bis 30 Tage 31 bis 60 Tage 61 bis 90 Tage Über 90 Tage" in whole
    assert "7.500,00 5,00 0,00 0,00 0,00" in whole
    assert all("Datum Vorgang Nummer Betrag Saldo" in text for text in texts if "Rechnung 2026-" in text)
