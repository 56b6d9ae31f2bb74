"""What stands together on a page, whatever the length of a bill; read off the pages themselves."""

import io
from itertools import product
from typing import Any

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader

from contracts.invoicing import BankAccount, Invoice, TaxSubtotal, Totals
from contracts.values import Address
from kernel.money import Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import CLINIC, PATIENT, facts_of, invoice, line

RATES = (("S", "19"), ("S", "7"), ("E", "0"))
NO_ACCOUNT = CLINIC.model_copy(update={"bank_account": None})


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def bill(lines: int, rates: int, *, account: bool, note: str | None = None) -> Invoice:
    """Of so many lines at so many rates."""
    taxes = tuple(TaxSubtotal(category=c, rate=r, base=euro(100), tax=euro(0)) for c, r in RATES[:rates])
    shown = tuple(
        line(at, tax_category=RATES[at % rates][0], tax_rate=RATES[at % rates][1]) for at in range(1, lines + 1)
    )
    changes: dict[str, Any] = {"lines": shown, "tax": taxes, "payment_reference": "RF18539007547034", "note": note}
    return invoice(seller=CLINIC if account else NO_ACCOUNT).model_copy(update=changes)


def pages_of(renderer: DocumentRenderer, snapshot: Invoice) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(renderer.render("invoice", facts_of(snapshot), PATIENCE_S).content)).pages)


def has_picture(page: PageObject) -> bool:
    """All pages have the same resources: what one draws stands in its content."""
    drawn: Any = page["/Resources"]
    contents = page.get_contents()
    content = b"" if contents is None else contents.get_data()
    return any(
        each.get_object()["/Subtype"] == "/Image" and f"{name} Do".encode() in content
        for name, each in drawn.get("/XObject", {}).items()
    )


def holds_together(pages: list[PageObject], *, account: bool) -> None:
    texts = [" ".join(page.extract_text().split()) for page in pages]
    [at] = [number for number, text in enumerate(texts) if "Zwischensumme" in text]
    for sum_ in ("Gesamtbetrag", "Zahlbetrag", "Nettobetrag"):
        assert sum_ in texts[at], "the sums are on one page"
    assert "Composite" in texts[at], "and not without a line"
    [asked] = [number for number, text in enumerate(texts) if "Bitte " in text]
    if account:
        assert "IBAN" in texts[asked]
        assert "Verwendungszweck" in texts[asked]
        assert "scannen" in texts[asked]
        assert [has_picture(page) for page in pages] == [number == asked for number in range(len(pages))]
    for number, text in enumerate(texts):
        assert ("Composite" not in text) or "Datum Code Leistung" in text
        assert f"Seite {number + 1} von {len(texts)}" in text


@settings(max_examples=60, deadline=None, derandomize=True)
@given(lines=st.integers(1, 60), rates=st.integers(1, 3), account=st.booleans())
def test_no_part_of_a_bill_is_torn_apart(renderer: DocumentRenderer, lines: int, rates: int, account: bool) -> None:
    holds_together(pages_of(renderer, bill(lines, rates, account=account)), account=account)


@pytest.mark.parametrize(("lines", "account"), list(product(range(8, 31), (True, False))))
def test_no_usual_bill_is_torn_apart(renderer: DocumentRenderer, lines: int, account: bool) -> None:
    holds_together(pages_of(renderer, bill(lines, 1 + lines % 3, account=account)), account=account)


@pytest.mark.parametrize("lines", [1, 8, 13, 14, 15, 24, 41])
def test_no_part_of_a_bill_is_torn_apart_from_right_to_left(renderer: DocumentRenderer, lines: int) -> None:
    shown = bill(lines, 1 + lines % 3, account=True)
    pages = pages_of(renderer, shown.model_copy(update={"buyer": PATIENT.model_copy(update={"locale": "ar-EG"})}))
    texts = ["".join(page.extract_text().split()) for page in pages]
    [at] = [number for number, text in enumerate(texts) if "الفرعي" in text]
    assert "الإجمالي" in texts[at]
    assert "المستحق" in texts[at]
    assert "Composite" in texts[at], "sums are not without a line"
    [asked] = [number for number, text in enumerate(texts) if "تحويل" in text]
    assert "IBAN" in texts[asked]
    assert "RF18539007547034" in texts[asked]
    assert [has_picture(page) for page in pages] == [number == asked for number in range(len(pages))]
    for text in texts:
        assert "Composite" not in text or "البيان" in text
        assert "صفحة" in text


@pytest.mark.parametrize(
    ("currency", "amount_minor", "locale", "written"),
    [("IDR", 12_500_000_000, "en-GB", "125,000,000.00"), ("KWD", 125_000_000, "en-GB", "125,000.000")],
)
def test_an_amount_is_never_broken(
    renderer: DocumentRenderer, currency: str, amount_minor: int, locale: str, written: str
) -> None:
    price, nothing = Money(amount_minor, currency), Money(0, currency)
    shown = line(unit_price=price, net=price, code="GOZ-2390-A1", description="Revision of a root canal " * 8)
    snapshot = invoice(
        lines=1,
        currency=currency,
        buyer=PATIENT.model_copy(update={"locale": locale}),
        tax=(TaxSubtotal(category="S", rate="11", base=price, tax=nothing),),
        totals=Totals(net=price, tax=nothing, gross=price, paid=nothing, credited=nothing, due=price),
    ).model_copy(update={"lines": (shown,)})
    [page] = pages_of(renderer, snapshot)
    lines = page.extract_text().splitlines()
    assert sum(text.strip() == written for text in lines) >= 2, lines
    assert any("GOZ-2390-A1" in text for text in lines)


def test_a_rate_stands_on_each_line_where_there_are_several(renderer: DocumentRenderer) -> None:
    [page] = pages_of(renderer, bill(3, 3, account=True))
    text = " ".join(page.extract_text().split())
    for rate in ("125,00 7 % 125,00", "125,00 frei 125,00", "125,00 19 % 125,00"):
        assert rate in text.replace("\xa0", " ")
    [page] = pages_of(renderer, bill(3, 1, account=True))
    assert "125,00 19" not in page.extract_text()


def test_the_paper_is_that_of_the_clinics_country(renderer: DocumentRenderer) -> None:
    boston = CLINIC.model_copy(
        update={
            "address": Address(lines=("1 Tremont St",), city="Boston, MA", postal_code="02108", country="US"),
            "tax_id": "12-3456789",
            "bank_account": BankAccount(),
        }
    )
    reader = PATIENT.model_copy(update={"locale": "en-US", "address": boston.address})
    [page] = pages_of(renderer, invoice(seller=boston, buyer=reader))
    assert (float(page.mediabox.width), float(page.mediabox.height)) == (612, 792)
    text = " ".join(page.extract_text().split())
    for fact in ("EIN 12-3456789", "Boston, MA 02108", "Sales tax", "Exempt from sales tax"):
        assert fact in text
    assert "VAT" not in text
    [page] = pages_of(renderer, invoice())
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)


def test_a_note_keeps_its_line_breaks_and_one_reference_is_asked_for(renderer: DocumentRenderer) -> None:
    [page] = pages_of(renderer, bill(2, 1, account=True, note="Bitte nüchtern kommen.\nParken im Hof."))
    lines = [text.strip() for text in page.extract_text().splitlines()]
    assert lines.index("Parken im Hof.") == lines.index("Bitte nüchtern kommen.") + 1
    text = " ".join(lines)
    assert "unter Angabe des Verwendungszwecks RF18 5390 0754 7034." in text
    assert "Angabe der Rechnungsnummer" not in text


def test_names_without_end_do_not_cost_the_foot(renderer: DocumentRenderer) -> None:
    endless = CLINIC.model_copy(update={"name": "Zahnärzte am Hauptbahnhof " * 12})
    pages = pages_of(renderer, invoice(seller=endless, number="2026-" + "7" * 90))
    for number, page in enumerate(pages, 1):
        assert f"Seite {number} von {len(pages)}" in page.extract_text()


def test_tax_is_said_to_be_in_a_price_only_where_there_is_any(renderer: DocumentRenderer) -> None:
    exempt = invoice(lines=1).model_copy(update={"lines": (line(basis="gross"),)})
    taxed = exempt.model_copy(update={"lines": (line(basis="gross", tax_category="S", tax_rate="19"),)})
    assert "einschl. USt." not in pages_of(renderer, exempt)[0].extract_text()
    assert "einschl. USt." in pages_of(renderer, taxed)[0].extract_text()
