"""Receipts on paper, read back: a page, and the slip of a till's printer."""

import io
from datetime import date
from typing import Any

import pytest
from documents.adapters.pdf.receipt.view import receipt_view
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.facts import ReceiptFacts, ReceiptSheets, ServedInvoice
from documents.usecases.documents.receipt_source import receipts_of
from pypdf import PageObject, PdfReader

from contracts.payments import PaymentReceived, Refund
from contracts.values import ActorRef
from kernel.money import Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import CLINIC, ISSUED, PATIENT

DESK = ActorRef(actor_id="usr-1", name="Kim Beispiel", role="front_desk")


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def receipt(**changes: Any) -> ReceiptFacts:
    served = ServedInvoice(number="2026-000123", issued_on=date(2026, 11, 20), amount=euro(8000), left=euro(17000))
    usual: dict[str, Any] = {
        **dict.fromkeys(("refund_of", "tendered", "change", "reference", "reason", "payer_id", "unused")),
        "receipt_id": "pay-1",
        "clinic_id": CLINIC.clinic_id,
        "patient_id": PATIENT.patient_id,
        "payment_id": "pay-1",
        "number": "R-clinic-berlin-000107",
        "method": "cash",
        "amount": euro(8000),
        "at": ISSUED,
        "taken_by": "Kim Beispiel",
        "served": (served,),
        "clinic": CLINIC.name,
        "time_zone": "Europe/Berlin",
        "seller": CLINIC,
        "buyer": PATIENT,
    }
    return ReceiptFacts(**{**usual, **changes})


def refunded() -> ReceiptFacts:
    """Some of what was paid by the receipt R-7."""
    return receipt(number="R-9", refund_of="R-7", served=(), reason="Doppelt gezahlt", amount=euro(3000))


def page_of(renderer: DocumentRenderer, shown: ReceiptFacts, *, slip: bool = False) -> PageObject:
    facts = ReceiptSheets(receipt=shown, slip=slip).model_dump_json().encode()
    [page] = PdfReader(io.BytesIO(renderer.render("receipt", facts, PATIENCE_S).content)).pages
    return page


def text_of(page: PageObject) -> str:
    return " ".join(page.extract_text().split())


@pytest.mark.parametrize("slip", [False, True])
def test_a_receipt_tells_what_was_paid_for_what_and_what_is_left(renderer: DocumentRenderer, slip: bool) -> None:
    page = page_of(renderer, receipt(tendered=euro(10000), change=euro(2000)), slip=slip)
    text = text_of(page)
    for fact in (
        "Quittungsnr. R-clinic-berlin-000107 Datum und Uhrzeit 20.11.2026, 11:00 Zahlungsart Bar",
        "Angenommen von Kim Beispiel",
        "80,00 € dankend erhalten.",
        "80,00 170,00",
        "Erhalten 80,00 € Gegeben 100,00 Rückgeld 20,00",
    ):
        assert fact in text
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    assert (round(width), height < 500) == ((227, True) if slip else (595, False))


def test_what_small_coins_would_have_made_of_it_is_on_the_receipt() -> None:
    """Received 12.37, in coins 12.35: what was handed over less the change is both together."""
    paid = receipt(amount=euro(1237), rounding=euro(-2), tendered=euro(1240), change=euro(5))
    back = receipt(refund_of="R-7", amount=euro(1237), rounding=euro(-2))
    views = [receipt_view(ReceiptSheets(receipt=one)) for one in (paid, back)]
    assert [[(one.label, one.amount) for one in view.grid.sums] for view in views] == [
        [("Erhalten", "12,37\xa0€"), ("Rundung", "-0,02"), ("Gegeben", "12,40"), ("Rückgeld", "0,05")],
        [("Erstattet", "-12,37\xa0€"), ("Rundung", "0,02")],
    ]


def test_a_slip_is_as_long_as_what_is_on_it(renderer: DocumentRenderer) -> None:
    served = receipt().served * 12
    short, long = (page_of(renderer, receipt(served=each), slip=True) for each in (served[:1], served))
    assert float(short.mediabox.height) < float(long.mediabox.height)
    assert text_of(long).count("80,00 170,00") == 12


@pytest.mark.parametrize("slip", [False, True])
def test_a_refund_names_the_receipt_that_it_gives_back_and_thanks_nobody(
    renderer: DocumentRenderer, slip: bool
) -> None:
    text = text_of(page_of(renderer, refunded(), slip=slip))
    for fact in (
        "Quittungsnr. R-9",
        "Erstattungsbeleg",
        "Erstattung zu Quittung R-7",
        "Erstattet -30,00 €",
        "Grund Doppelt gezahlt",
    ):
        assert fact in text
    assert "Erstattet von Kim Beispiel" in text
    for word in ("dankend", "Angenommen", "Bezahlt", "Noch offen"):
        assert word not in text, "a table without a line says nothing"


def test_what_no_invoice_uses_yet_is_told(renderer: DocumentRenderer) -> None:
    text = text_of(page_of(renderer, receipt(served=(), unused=euro(8000))))
    assert "Noch nicht verwendet 80,00 Erhalten 80,00 €" in text


def payment(**changes: Any) -> PaymentReceived:
    usual: dict[str, Any] = {
        "payment_id": "pay-1",
        "clinic_id": CLINIC.clinic_id,
        "patient_id": PATIENT.patient_id,
        "invoice_id": "inv-1",
        "version": 1,
        "method": "cash",
        "status": "settled",
        "currency": "EUR",
        "amount": euro(8000),
        "refunded": euro(0),
        "settled": euro(8000),
        "receipt_number": "R-7",
        "received_at": ISSUED,
        "settled_at": ISSUED,
        "changed_at": ISSUED,
        "changed_by": DESK,
    }
    return PaymentReceived(**{**usual, **changes})


def refund(status: str, refund_id: str = "ref-1", receipt_number: str | None = None) -> Refund:
    fields = {"refund_id": refund_id, "amount": euro(100), "reason": "x", "status": status}
    fields["receipt_number"] = receipt_number
    return Refund.model_validate(fields | {"refunded_at": ISSUED, "refunded_by": DESK})


def test_money_that_came_and_each_refund_that_went_have_a_receipt() -> None:
    assert [source.source_id for source in receipts_of(payment())] == ["pay-1"]
    refunds = (refund("settled"), refund("failed", "ref-2"), refund("awaiting_approval", "ref-3"))
    assert [source.source_id for source in receipts_of(payment(refunds=refunds))] == ["pay-1", "ref-1"]
    came_back = (refund("failed", "ref-2", "R-9"),)
    assert [source.source_id for source in receipts_of(payment(refunds=came_back))] == ["pay-1", "ref-2"]
    assert list(receipts_of(payment(receipt_number=None, status="pending", settled_at=None))) == []


def test_nothing_that_comes_later_makes_another_receipt() -> None:
    [before] = receipts_of(payment())
    [after] = receipts_of(payment(version=4, status="disputed", settled=euro(0)))
    assert before.content == after.content
