"""Whatever is billed, its electronic invoice is valid, and its sums are those of the books."""

from decimal import Decimal

from documents.adapters.xml.e_invoices import credit_note_xml, invoice_xml
from documents.domain.documents.e_invoice import Syntax
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from contracts.invoicing import Invoice
from kernel.money import Money, plain, times
from tests.parts.schematron import broken_rules
from tests.unit.documents.bills import Item, bill, credited

RATES = st.sampled_from([("E", "0"), ("Z", "0"), ("S", "19"), ("S", "7"), ("S", "8.1"), ("S", "25.5")])
PARTS = st.sampled_from([Decimal(part) for part in ("0", "0.333", "0.8", "1")])
CURRENCIES = st.sampled_from(["EUR", "JPY", "USD"])


@st.composite
def items(draw: st.DrawFn) -> Item:
    category, rate = draw(RATES)
    price = draw(st.integers(0, 300_000))
    quantity = draw(st.sampled_from(["1", "2", "0.5", "0.333", "3", "12.75", "7"]))
    left, discounts = times(price, quantity), []
    for scope in draw(st.lists(st.sampled_from(["line", "invoice"]), max_size=2)):
        given_minor = draw(st.integers(0, left))
        discounts.append((scope, given_minor))
        left -= given_minor
    basis = draw(st.sampled_from(["net", "gross"]))
    return Item(price, quantity, category, rate, basis, tuple(discounts))  # type: ignore[arg-type]


BILLED = st.lists(items(), min_size=1, max_size=6)


@given(BILLED, CURRENCIES, st.sampled_from(["cii", "ubl"]), PARTS, PARTS)
@settings(max_examples=120)
def test_the_xml_of_any_invoice_is_valid_and_sums_to_what_the_patient_is_asked_for(
    billed: list[Item], currency: str, syntax: Syntax, insurers: Decimal, ahead: Decimal
) -> None:
    """An insurer may pay all of it or a part, and what the patient paid ahead may be all that is left to them."""
    asked_minor = asked_of(bill(billed, currency)).amount_minor
    insurer_minor = int(asked_minor * insurers)
    ahead_minor = int((asked_minor - insurer_minor) * ahead)
    invoice = bill(billed, currency, insurer_minor=insurer_minor or None, ahead_minor=ahead_minor)
    xml = invoice_xml(invoice, "en16931", syntax)
    assert broken_rules(xml, syntax) == []
    name = "DuePayableAmount" if syntax == "cii" else "PayableAmount"
    [due] = [element.text for element in etree.fromstring(xml).iter("{*}" + name)]
    assert due == plain(Money(asked_minor - insurer_minor - ahead_minor, currency))


def asked_of(invoice: Invoice) -> Money:
    return invoice.totals.gross + (invoice.totals.rounding or Money(0, invoice.currency))


@given(BILLED)
@settings(max_examples=60)
def test_each_line_of_any_invoice_is_its_price_times_its_quantity_less_its_discounts(billed: list[Item]) -> None:
    root = etree.fromstring(invoice_xml(bill(billed)))
    for line in root.iter("{*}IncludedSupplyChainTradeLineItem"):
        price, quantity, net = (
            Decimal(line.findtext(f".//{{*}}{name}")) for name in ("ChargeAmount", "BilledQuantity", "LineTotalAmount")
        )
        per = Decimal(line.findtext(".//{*}BasisQuantity") or "1")
        allowed = sum(Decimal(amount.text) for amount in line.iter("{*}ActualAmount"))
        assert abs(price * quantity / per - allowed - net) < Decimal("0.01")


@given(BILLED, st.sampled_from(["cii", "ubl"]))
@settings(max_examples=40)
def test_the_credit_note_of_all_of_any_invoice_is_valid(billed: list[Item], syntax: Syntax) -> None:
    if all(net.net is not None and net.net.amount_minor == 0 for net in bill(billed).lines):
        return
    assert broken_rules(credit_note_xml(credited(billed), "en16931", syntax), syntax) == []
