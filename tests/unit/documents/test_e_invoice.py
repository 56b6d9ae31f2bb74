"""An electronic invoice: valid in both syntaxes by the rules of EN 16931, and as it was issued."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from documents.adapters.xml.codes import CURRENCIES, vat_id_of
from documents.adapters.xml.e_invoices import credit_note_xml, invoice_xml
from documents.adapters.xml.terms import NoEInvoice
from documents.domain.documents.e_invoice import Syntax
from documents.usecases.documents.invoice_source import source_of
from invoicing.domain.invoice.credit_note import LineCredit
from lxml import etree

from contracts.invoicing import Allocation, CreditNoteIssued, Invoice
from contracts.values import Address
from kernel.currencies import PLACES, why_not_new
from kernel.money import Money
from tests.parts.schematron import broken_rules
from tests.unit.documents.bills import AT, BANK, Item, bill, clinic, credited

SYNTAXES: tuple[Syntax, ...] = ("cii", "ubl")
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
TAXED = Item(1_200, "0.5", "S", "19", unit="g")
INVOICES: dict[str, Invoice] = {
    "exempt": bill([Item(), Item(1_800)]),
    "exempt-without-a-reason": bill([Item(reason=None)]),
    "several-rates": bill([Item(), TAXED, Item(999, "3", "S", "7"), Item(100, "1", "Z", "0")]),
    "standard-of-nothing": bill([Item(100, "1", "S", "0"), Item(100, "1", "Z", "0")]),
    "prices-with-vat": bill([Item(999, "3", "S", "19", "gross"), Item(1_001, "1", "S", "19", "gross")]),
    "rounded": bill([Item(76, "4", "S", "19", "gross"), Item(35, "3", "S", "7", "gross"), Item(1, "1", "S", "7")]),
    "line-discount": bill([Item(discounts=(("line", 1_250),)), TAXED]),
    "discount-of-all": bill(
        [Item(discounts=(("invoice", 1_250),)), Item(900, "2", "S", "19", discounts=(("invoice", 90),))]
    ),
    "both-discounts-with-vat": bill([Item(5_000, "2", "S", "19", "gross", (("line", 333), ("invoice", 777)))]),
    "a-part-of-a-unit": bill([Item(1_001, "0.333", "S", "19", unit="ml"), Item(7, "12.5", unit="Ampulle")]),
    "given-for-nothing": bill([Item(waived=True), Item(100)]),
    "costs-nothing": bill([Item(0)]),
    "several-days": bill([Item(day=date(2026, 11, 3)), Item()]),
    "paid-in-part": bill([Item()], ahead_minor=2_500),
    "paid-ahead": bill([Item()], ahead_minor=12_500),
    "insured": bill([Item(), TAXED], insurer_minor=7_500),
    "insured-and-paid-in-part": bill([Item()], insurer_minor=7_500, ahead_minor=1_000),
    "paid-beyond-the-patients-part": bill([Item(), TAXED], insurer_minor=7_500, ahead_minor=9_000),
    "paid-beyond-the-whole": bill([Item()], ahead_minor=20_000),
    "insured-whole-and-paid": bill([Item()], insurer_minor=12_500, ahead_minor=2_000),
    "insured-whole": bill([Item()], insurer_minor=12_500),
    "tax-number": bill([Item(), TAXED], of=clinic(tax_id="12/345/67890")),
    "no-account": bill([Item()], of=clinic(bank_account=None)),
    "bare-clinic": bill([Item()], of=clinic(email=None, phone=None, contact_name=None, bank_account=None)),
    "yen": bill([Item(12_500, "1", "S", "10")], "JPY"),
    "francs": bill([Item(12_345, "2", "S", "8.1")], "CHF", of=clinic(tax_id="CHE-123.456.788 MWST")),
    "odd-text": bill([Item()], note="Zähne\x0b <b>&amp;\u202e\n\n2. Zeile"),
}
NOTES: dict[str, CreditNoteIssued] = {
    "all": credited([Item(), TAXED]),
    "all-with-vat": credited([Item(76, "4", "S", "19", "gross"), Item(35, "3", "S", "7", "gross")]),
    "discounted": credited([Item(5_000, "2", "S", "19", discounts=(("line", 333), ("invoice", 777)))]),
    "a-quantity": credited([Item(999, "3", "S", "19")], [LineCredit("l-1", quantity="2")]),
    "an-amount": credited([Item(), TAXED], [LineCredit("l-2", net_minor=77)]),
    "insured": credited([Item()], insurer_minor=7_500),
    "yen": credited([Item(12_500, "1", "S", "10")], currency="JPY"),
}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("case", INVOICES)
def test_an_invoice_breaks_no_rule_of_the_standard(case: str, syntax: Syntax) -> None:
    assert broken_rules(invoice_xml(INVOICES[case], "en16931", syntax), syntax) == []


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("case", NOTES)
def test_a_credit_note_breaks_no_rule_of_the_standard(case: str, syntax: Syntax) -> None:
    assert broken_rules(credit_note_xml(NOTES[case], "en16931", syntax), syntax) == []


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_rules_look_at_what_is_written(syntax: Syntax) -> None:
    """A test that cannot fail would say nothing: a sum that is wrong is told by its rule."""
    xml = invoice_xml(bill([Item()]), "en16931", syntax)
    gross = {"cii": b"GrandTotalAmount>125.0", "ubl": b'TaxInclusiveAmount currencyID="EUR">125.0'}[syntax]
    broken = broken_rules(xml.replace(gross + b"0", gross + b"1"), syntax)
    assert {rule.split()[0] for rule in broken} >= {"BR-CO-15", "BR-CO-16"}


def facts(xml: bytes) -> dict[str, list[str]]:
    """Of CII: the texts of each element, by its name."""
    found: dict[str, list[str]] = {}
    for element in etree.fromstring(xml).iter(f"{RAM}*"):
        found.setdefault(element.tag.removeprefix(RAM), []).append((element.text or "").strip())
    return found


def test_what_the_insurer_pays_is_not_asked_of_the_patient() -> None:
    stated = facts(invoice_xml(INVOICES["insured-and-paid-in-part"]))
    assert (stated["GrandTotalAmount"], stated["TotalPrepaidAmount"], stated["DuePayableAmount"]) == (
        ["125.00"],
        ["85.00"],
        ["40.00"],
    )
    assert "Heilfürsorge zahlt: 75.00 EUR; Vorab gezahlt: 10.00 EUR" in stated["Content"]


def test_who_paid_more_than_their_part_has_it_back_in_what_is_due() -> None:
    """BT-115 is below zero then, and nobody is asked to pay it."""
    stated = facts(invoice_xml(INVOICES["paid-beyond-the-patients-part"]))
    assert (stated["GrandTotalAmount"], stated["TotalPrepaidAmount"], stated["DuePayableAmount"]) == (
        ["132.14"],
        ["165.00"],
        ["-32.86"],
    )
    assert "IBANID" not in stated


def test_vat_is_in_the_currency_of_the_invoice_alone() -> None:
    """BT-6 and BT-111 may be left out, and no rate of exchange is known by which another could be told."""
    for case, currency in (("yen", "JPY"), ("francs", "CHF")):
        stated = facts(invoice_xml(INVOICES[case]))
        assert (stated["InvoiceCurrencyCode"], len(stated["TaxTotalAmount"])) == ([currency], 1)
        assert "TaxCurrencyCode" not in stated


def of_category(category: str, rate: str = "0") -> Invoice:
    """As no clinic bills: the contract has three categories."""
    billed = bill([Item()])
    vat = {"tax_category": category, "tax_rate": rate}
    return billed.model_copy(update={"lines": tuple(line.model_copy(update=vat) for line in billed.lines)})


def test_a_discount_of_the_whole_is_an_allowance_of_the_whole_for_each_rate() -> None:
    stated = facts(invoice_xml(INVOICES["discount-of-all"]))
    assert stated["LineTotalAmount"] == ["125.00", "18.00", "143.00"]
    assert (stated["AllowanceTotalAmount"], stated["TaxBasisTotalAmount"]) == (["13.40"], ["129.60"])
    assert stated["ActualAmount"] == ["12.50", "0.90"]


def test_rounding_is_told_and_the_due_amount_follows_from_it() -> None:
    invoice = INVOICES["rounded"]
    assert invoice.totals.rounding is not None
    stated = facts(invoice_xml(invoice))
    gross, rounding, due = (
        Decimal(stated[name][0]) for name in ("GrandTotalAmount", "RoundingAmount", "DuePayableAmount")
    )
    assert gross + rounding == due == Decimal(invoice.totals.due.amount_minor) / 100


def test_a_price_times_its_quantity_is_the_amount_of_the_line() -> None:
    stated = facts(invoice_xml(INVOICES["a-part-of-a-unit"]))
    assert (stated["ChargeAmount"], stated["LineTotalAmount"]) == (["10.01", "0.07"], ["3.33", "0.88", "4.21"])
    assert stated["Description"][1] == "Zahn 14, Flächen O D, 12.5 Ampulle"
    with_vat = facts(invoice_xml(INVOICES["prices-with-vat"]))
    assert (with_vat["ChargeAmount"], with_vat["BasisQuantity"]) == (["25.19", "8.41"], ["3"])


def test_a_credit_note_names_its_invoice_and_takes_off_what_it_says() -> None:
    note = NOTES["all"]
    stated = facts(credit_note_xml(note))
    assert (stated["TypeCode"][0], stated["IssuerAssignedID"]) == ("381", ["2026-000042"])
    assert stated["DuePayableAmount"] == [f"{note.amount.amount_minor / 100:.2f}"]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_supplement_names_the_invoice_that_it_adds_to(syntax: Syntax) -> None:
    xml = invoice_xml(bill([Item()]), syntax=syntax, supplements="B-2026-17")
    assert broken_rules(xml, syntax) == []
    assert b">B-2026-17<" in xml
    assert b"B-2026-17" not in invoice_xml(bill([Item()]), syntax=syntax)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_why_it_is_exempt_is_told_as_a_code_where_the_standards_list_has_it(syntax: Syntax) -> None:
    exempt = bill([Item(100, "1", "E", "0")])
    assert [tax.category for tax in exempt.tax] == ["E"]

    def with_code(code: str) -> bytes:
        tax = tuple(each.model_copy(update={"exemption_code": code}) for each in exempt.tax)
        return invoice_xml(exempt.model_copy(update={"tax": tax}), syntax=syntax)

    xml = with_code("VATEX-EU-132-1C")
    assert broken_rules(xml, syntax) == []
    assert b"ExemptionReasonCode>VATEX-EU-132-1C<" in xml
    assert b"ReasonCode" not in with_code("VATEX-EU-999-1C")


def test_a_tax_number_is_no_vat_identifier() -> None:
    assert vat_id_of("DE 123 456 788", "DE") == "DE123456788"
    assert vat_id_of("EL123456783", "GR") == "EL123456783"
    assert vat_id_of("CHE-123.456.788 MWST", "CH") == "CHE123456788MWST"
    for number, country in (("12/345/67890", "DE"), ("DEUTSCHLAND", "DE"), ("12-3456789", "US"), ("DE", "DE")):
        assert vat_id_of(number, country) is None
    assert b'schemeID="FC">12/345/67890<' in invoice_xml(INVOICES["tax-number"])


def test_what_was_paid_later_changes_nothing_of_it() -> None:
    issued = bill([Item()])
    paid = Allocation(payment_id="pay-1", amount=Money(12_500, "EUR"), method="cash", at=AT)
    later = issued.model_copy(
        update={
            "status": "paid",
            "version": 9,
            "allocations": (paid,),
            "totals": issued.totals.model_copy(update={"paid": Money(12_500, "EUR"), "due": Money(0, "EUR")}),
        }
    )
    assert invoice_xml(later) == invoice_xml(issued)


def test_a_patient_without_a_country_lives_in_that_of_the_clinic() -> None:
    invoice = bill([Item()])
    abroad = invoice.buyer.model_copy(update={"address": Address(lines=("Rue 1",), city="Paris", country="FR")})
    assert facts(invoice_xml(invoice))["CountryID"] == ["DE", "DE"]
    assert facts(invoice_xml(invoice.model_copy(update={"buyer": abroad})))["CountryID"] == ["DE", "FR"]


REFUSED: dict[str, tuple[Invoice, str]] = {
    "dinars": (bill([Item(12_500, "1", "S", "5")], "KWD"), "KWD has 3 decimal places, and EN 16931 takes two"),
    "no-country": (bill([Item()], of=clinic(address={"city": "Berlin"})), "lacks a country in its address (BR-09)"),
    "no-tax-number": (bill([Item()], of=clinic(tax_id=None)), "lacks a tax number"),
    "no-lines": (bill([Item()]).model_copy(update={"lines": (), "tax": ()}), "it has no lines"),
    "not-finalized": (bill([Item()]).model_copy(update={"number": None}), "it is not finalized"),
    "reverse-charge": (of_category("AE"), "reverse charge (AE) is between businesses"),
    "out-of-scope": (of_category("O"), "VAT of category O is of no bill that is made here"),
    "exempt-at-a-rate": (of_category("E", "7"), "VAT of category E has the rate 0, and not 7 (BR-E-05)"),
    "other-sums": (bill([Item()]).model_copy(update={"tax": ()}), "its VAT is not that of its lines"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_standard_has_no_document_for_says_why(case: str) -> None:
    invoice, why = REFUSED[case]
    with pytest.raises(NoEInvoice) as refusal:
        invoice_xml(invoice)
    assert (refusal.value.code, refusal.value.status) == ("no-e-invoice", 409)
    assert why in refusal.value.message


def test_every_currency_of_two_places_or_less_is_in_the_standards_list() -> None:
    listed = {code for code in CURRENCIES if code not in PLACES or PLACES[code] > 2}
    assert listed == set()
    for code in sorted(code for code in CURRENCIES if why_not_new(code) is None):
        assert broken_rules(invoice_xml(bill([Item(100, "1", "S", "10")]).model_copy(update=in_(code))), "cii") == []


def in_(currency: str) -> dict[str, Any]:
    """An invoice of one euro as one of a hundred minor units of another currency."""
    other = bill([Item(10_000, "1", "S", "10")], currency)
    return {"currency": currency, **{name: getattr(other, name) for name in ("lines", "tax", "totals", "issued")}}


def authority_pays(**changes: Any) -> Invoice:
    return bill([Item(), TAXED], insurer_minor=7_500, **changes)


def test_an_authority_gets_an_invoice_of_its_own_for_its_part() -> None:
    stated = facts(invoice_xml(authority_pays(), "xrechnung"))
    assert stated["ID"][:2] == ["urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", stated["ID"][1]]
    assert stated["ID"][1].endswith("xrechnung_3.0")
    assert (stated["BuyerReference"], stated["DuePayableAmount"]) == (["04011000-1234512345-06"], ["75.00"])
    assert stated["Name"][-1] == "Polizeipräsidium"
    assert "Patient/in: Łucja Øster" in stated["Content"]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_an_xrechnung_breaks_no_rule_of_the_standard_either(syntax: Syntax) -> None:
    for xml in (
        invoice_xml(authority_pays(), "xrechnung", syntax),
        credit_note_xml(credited([Item()], insurer_minor=7_500), "xrechnung", syntax),
    ):
        # Factur-X's own list of profiles has none of Germany's.
        assert [rule for rule in broken_rules(xml, syntax) if not rule.startswith("FX-SCH-A-000556 ")] == []


@pytest.mark.parametrize(
    ("invoice", "why"),
    [
        (bill([Item()]), "no payer of it is among the `public_payers`"),
        (authority_pays(of=clinic(public_payers=[])), "no payer of it is among the `public_payers`"),
        (
            authority_pays(of=clinic(contact_name=None, phone=None)),
            "the clinic's profile lacks whom to ask, as `contact_name` (BR-DE-5), a phone number (BR-DE-6)",
        ),
        (bill([Item()], insurer_minor=0), "it asks nothing of heilfuersorge"),
    ],
)
def test_an_xrechnung_that_cannot_be_says_what_it_lacks(invoice: Invoice, why: str) -> None:
    with pytest.raises(NoEInvoice, match="there is no electronic invoice of it") as refusal:
        invoice_xml(invoice, "xrechnung")
    assert why in refusal.value.message


def test_the_account_is_that_of_the_clinic() -> None:
    stated = facts(invoice_xml(bill([Item()])))
    assert (stated["IBANID"], stated["BICID"], stated["AccountName"]) == (
        [BANK["iban"]],
        [BANK["bic"]],
        [BANK["holder"]],
    )
    assert "IBANID" not in facts(invoice_xml(INVOICES["paid-ahead"]))


CHANGES: dict[str, Any] = {
    "number": "2026-000043",
    "issued_on": date(2026, 11, 21),
    "due_on": date(2027, 1, 1),
    "note": "anders",
    "payment_reference": "RF18539007547034",
    "buyer.name": "Ada Weiss",
    "buyer.email": "ada@example.org",
    "buyer.locale": "en-GB",
    "seller.name": "Zahnarztpraxis",
    "seller.tax_id": "DE123456789",
    "seller.bank_account": None,
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changes_the_xml_makes_another_document(what: str) -> None:
    """An XML is kept with its document: the hash of what is printed covers all that is in it."""
    invoice = bill([Item()])
    part, _, name = what.rpartition(".")
    changed: Any = CHANGES[what]
    if part:
        changed = getattr(invoice, part).model_copy(update={name: changed})
    other = invoice.model_copy(update={part or name: changed})
    assert invoice_xml(other) != invoice_xml(invoice)
    assert source_of(other).content != source_of(invoice).content
