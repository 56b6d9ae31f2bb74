"""What nobody bills, at the limits of the contract: it is printed and archived, and nothing is lost of it."""

from collections.abc import Callable
from datetime import date

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.adapters.xml.e_invoices import invoice_xml

from contracts.invoicing import Invoice, TaxSubtotal, Totals
from contracts.values import Address
from kernel.money import Money
from tests.parts.schematron import broken_rules
from tests.unit.documents.bills import Item, bill
from tests.unit.documents.samples import CLINIC, PATIENT, invoice, line
from tests.unit.documents.test_renderer import pages, rendered

MOST_MINOR = 2**53 - 1
NOTHING = Money(0, "EUR")


def with_line(**changes: object) -> Invoice:
    return invoice(lines=1).model_copy(update={"lines": (line(1, **changes),)})


def of_rates(count: int) -> Invoice:
    rates = (TaxSubtotal(category="S", rate=f"{n}.5", base=Money(n, "EUR"), tax=NOTHING) for n in range(count))
    return invoice(tax=tuple(rates))


def of_amount(minor: int) -> Invoice:
    amount = Money(minor, "EUR")
    totals = Totals(net=amount, tax=NOTHING, gross=amount, paid=NOTHING, credited=NOTHING, due=amount)
    return with_line(unit_price=amount, net=amount).model_copy(update={"totals": totals})


SHOWN: dict[str, tuple[Callable[[], Invoice], str]] = {
    "a word without an end": (lambda: with_line(description="x" * 999 + "!"), "x!"),
    "rates of more than a page": (lambda: of_rates(150), "149,5"),
    "no lines": (lambda: invoice(lines=0, tax=()), "2026-000123"),
    "due at the end of time": (lambda: invoice(due_on=date(9999, 12, 31)), "31.12.9999"),
    "a note of line breaks": (lambda: invoice(note="\n" * 500 + "Ende"), "Ende"),
    "a reference that no code to scan holds": (lambda: invoice(payment_reference="R" * 999 + "!"), "R!"),
    "the most money": (lambda: of_amount(MOST_MINOR), "90.071.992.547.409,91"),
    "no name": (lambda: invoice(buyer=PATIENT.model_copy(update={"name": ""})), "Hauptstr. 1"),
    "a locale that is none": (lambda: invoice(buyer=PATIENT.model_copy(update={"locale": "xx-Nope-99"})), "Invoice"),
    "a country that is none": (
        lambda: invoice(seller=CLINIC.model_copy(update={"address": Address(lines=("Ring 1",), country="ZZ")})),
        "Zahnärzte",
    ),
    "an address of many lines": (
        lambda: invoice(buyer=PATIENT.model_copy(update={"address": Address(lines=("Haus",) * 80 + ("Hof",))})),
        "Hof",
    ),
}


@pytest.mark.parametrize("case", SHOWN)
def test_what_is_odd_is_printed_and_archived_all_the_same(renderer: DocumentRenderer, case: str) -> None:
    odd, there = SHOWN[case]
    made = rendered(renderer, odd())
    assert there in " ".join(pages(made.content))
    assert not any(lack.startswith("pdf-a") for lack in made.lacks)


@pytest.mark.parametrize(
    "odd",
    [
        lambda: bill([Item()]).model_copy(update={"due_on": date(9999, 12, 31)}),
        lambda: bill([Item()], note="\n" * 1_000),
        lambda: bill([Item()]).model_copy(update={"payment_reference": "R" * 1_000}),
        lambda: (found := bill([Item()])).model_copy(
            update={"buyer": found.buyer.model_copy(update={"name": " \u202e", "locale": "xx"})}
        ),
        lambda: bill([Item(10**13, "1", "S", "19")]),
        lambda: bill([Item(100, "1", "S", f"{rate}.5") for rate in range(1, 100)]),
    ],
)
def test_its_electronic_invoice_is_valid_all_the_same(odd: Callable[[], Invoice]) -> None:
    assert broken_rules(invoice_xml(odd()), "cii") == []
