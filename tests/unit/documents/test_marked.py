"""Void invoices, drafts, supplements and previous balances, as they are printed."""

import io
from typing import Any

from documents.adapters.pdf.renderer import DocumentRenderer
from documents.facts import InvoiceFacts
from documents.usecases.documents.invoice_source import source_of
from pypdf import PdfReader

from contracts.invoicing import CurrencyBalance, Invoice, IssuedTerms, PayerBalance
from kernel.money import Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import invoice


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def texts_of(renderer: DocumentRenderer, snapshot: Invoice, supplements: str | None = None) -> list[str]:
    facts = InvoiceFacts(invoice=snapshot, supplements=supplements).model_dump_json().encode()
    pdf = renderer.render("invoice", facts, PATIENCE_S).content
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def test_a_void_invoice_says_so_on_every_page_and_asks_for_nothing(renderer: DocumentRenderer) -> None:
    void = invoice(lines=60, status="void", payment_reference="RF18539007547034")
    texts = texts_of(renderer, void)
    assert len(texts) > 1
    assert all("STORNIERT" in text for text in texts)
    whole = " ".join(texts)
    assert "Diese Rechnung ist storniert: Es ist nichts zu zahlen." in whole
    for asking in ("Bitte", "IBAN", "RF18", "Zahlbetrag", "Fällig", "scannen"):
        assert asking not in whole


def test_a_draft_has_a_watermark_on_every_page_and_asks_for_nothing(renderer: DocumentRenderer) -> None:
    texts = texts_of(renderer, invoice(lines=60, status="draft", number=None, seller=None))
    assert all("ENTWURF" in text for text in texts)
    assert not any("IBAN" in text or "Bitte überweisen" in text for text in texts)


def test_what_is_final_has_no_mark(renderer: DocumentRenderer) -> None:
    [text] = texts_of(renderer, invoice())
    assert "ENTWURF" not in text
    assert "STORNIERT" not in text


def test_a_supplement_names_its_original(renderer: DocumentRenderer) -> None:
    [text] = texts_of(renderer, invoice(supplement_to="inv-0"), supplements="2026-000100")
    assert "Ergänzung zu 2026-000100" in text


def balance(**changes: Any) -> CurrencyBalance:
    nothing = euro(0)
    sums = dict.fromkeys(("billed", "credited", "paid", "open", "credit", "balance"), nothing)
    return CurrencyBalance.model_validate(sums | changes)


def payer(part: str, owed: int, name: str | None = None) -> PayerBalance:
    sums = {name: euro(0) for name in ("billed", "credited", "written_off", "paid", "credit")}
    return PayerBalance.model_validate({**sums, "part": part, "payer_name": name, "open": euro(owed)})


def test_what_was_open_before_is_told_with_who_owes_it(renderer: DocumentRenderer) -> None:
    before = balance(open=euro(9000), payers=(payer("patient", 3000), payer("insurer", 6000, "AOK")), credit=euro(500))
    [text] = texts_of(renderer, invoice(previous_balances=(before,)))
    assert "Offen vor diesem Besuch Von Ihnen zu zahlen 30,00 € AOK 60,00 € Nicht verwendetes Guthaben -5,00 €" in text
    [text] = texts_of(renderer, invoice(previous_balances=(balance(),)))
    assert "Offen vor diesem Besuch" not in text
    [text] = texts_of(renderer, invoice(issued=IssuedTerms(paid=euro(0), asked=euro(25000))))
    assert "Offen vor diesem Besuch Von Ihnen zu zahlen 0,00 €" in text, "also that nothing was"


def test_that_it_is_void_makes_another_document_and_what_was_issued_before_keeps_its_own() -> None:
    known = invoice(issued=IssuedTerms(paid=euro(0), asked=euro(25000)))
    later = known.model_copy(update={"previous_balances": (balance(open=euro(1)),)})
    assert source_of(later).content != source_of(known).content
    assert source_of(later).is_of(source_of(known).content), "issued when previous balances were not printed"
    for snapshot in (invoice(), known):
        void = snapshot.model_copy(update={"status": "void"})
        assert not source_of(void).is_of(source_of(snapshot).content)
        assert source_of(snapshot.model_copy(update={"status": "archived"})).content == source_of(snapshot).content
