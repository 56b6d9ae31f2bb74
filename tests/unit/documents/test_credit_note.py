"""A credit note on paper, read back."""

import io
from datetime import date

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.facts import CreditNoteFacts
from documents.usecases.documents.credit_note_source import source_of_credit_note
from pypdf import PdfReader

from contracts.clinical import Coverage
from contracts.invoicing import CreditNoteIssued
from contracts.invoicing.sums import PayerAmount
from kernel.money import Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import PATIENT, credit_note


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def text_of(renderer: DocumentRenderer, note: CreditNoteIssued) -> str:
    facts = CreditNoteFacts(credit_note=note, original_issued_on=date(2026, 11, 20)).model_dump_json().encode()
    pdf = renderer.render("credit_note", facts, PATIENCE_S).content
    [page] = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text().split())


def test_a_credit_note_names_its_invoice_and_its_sums_are_below_zero(renderer: DocumentRenderer) -> None:
    text = text_of(renderer, credit_note())
    for fact in (
        "Rechnungskorrektur an Łucja Øster",
        "Korrekturnr. CN-2026-000007 Rechnungsdatum 25.11.2026 Zu Rechnung 2026-000123 Vom 20.11.2026",
        "mindert die Rechnung 2026-000123 um 125,00 €",
        "Composite, posterior, no. 1 14 O D 1 125,00 -105,04",
        "Zwischensumme -105,04 Umsatzsteuer -19,96 Korrekturbetrag -125,00 €",
        "USt. 19 % -105,04 -19,96",
        "Grund Doppelt berechnet",
    ):
        assert fact in text
    assert "IBAN" not in text
    assert "Bitte" not in text


def test_it_says_whose_part_it_takes_from(renderer: DocumentRenderer) -> None:
    covered = PATIENT.model_copy(update={"coverage": Coverage(payer_id="aok", payer_name="AOK")})
    payers = (
        PayerAmount(part="insurer", payer_id="aok", amount=euro(10000)),
        PayerAmount(part="patient", amount=euro(2500)),
    )
    text = text_of(renderer, credit_note(buyer=covered, payers=payers))
    assert "Wessen Anteil sie mindert AOK -100,00 € Patient/in -25,00 €" in text


def test_one_from_before_lines_were_told_has_its_amount(renderer: DocumentRenderer) -> None:
    text = text_of(renderer, credit_note(lines=(), tax=(), net=None))
    assert "Korrekturbetrag -125,00 €" in text


def test_one_of_nobody_is_refused(renderer: DocumentRenderer) -> None:
    with pytest.raises(ValueError, match="names no clinic"):
        text_of(renderer, credit_note(seller=None))


def test_its_document_shows_all_of_it() -> None:
    assert source_of_credit_note(credit_note()).content != source_of_credit_note(credit_note(reason="x")).content
