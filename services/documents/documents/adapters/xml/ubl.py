"""OASIS UBL 2.1 Invoice and CreditNote, as EN 16931-3-2 maps the business terms to it."""

from collections.abc import Iterable
from datetime import date

from lxml import etree

from documents.adapters.xml.codes import decimal_text
from documents.adapters.xml.elements import Element, Namespace
from documents.adapters.xml.terms import (
    BUSINESS_PROCESS,
    CREDIT_NOTE,
    SPECIFICATIONS,
    Allowance,
    EInvoice,
    Line,
    Note,
    Party,
    Vat,
    VatGroup,
)
from kernel.money import Money, plain

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
CAC = Namespace(f"{_UBL}:CommonAggregateComponents-2")
CBC = Namespace(f"{_UBL}:CommonBasicComponents-2")


def ubl(invoice: EInvoice) -> Element:
    """The root of the invoice or credit note."""
    kind = "CreditNote" if invoice.type_code == CREDIT_NOTE else "Invoice"
    own = Namespace(f"{_UBL}:{kind}-2")
    root = etree.Element(own.tag(kind), nsmap={None: own.uri, "cac": CAC.uri, "cbc": CBC.uri})
    _head(root, invoice, kind)
    _references(root, invoice)
    for name, party in (("AccountingSupplierParty", invoice.seller), ("AccountingCustomerParty", invoice.buyer)):
        _party(CAC.node(CAC.node(root, name), "Party"), party)
    CBC.leaf(CAC.node(root, "Delivery"), "ActualDeliveryDate", invoice.days[1].isoformat())
    _payment(root, invoice)
    _allowances(root, invoice.allowances)
    _tax(CAC.node(root, "TaxTotal"), invoice)
    _sums(CAC.node(root, "LegalMonetaryTotal"), invoice)
    for line in invoice.lines:
        _line(CAC.node(root, f"{kind}Line"), line, invoice)
    return root


def _head(root: Element, invoice: EInvoice, kind: str) -> None:
    CBC.leaf(root, "CustomizationID", SPECIFICATIONS[invoice.profile])
    if invoice.profile == "xrechnung":
        CBC.leaf(root, "ProfileID", BUSINESS_PROCESS)
    CBC.leaf(root, "ID", invoice.number)
    CBC.leaf(root, "IssueDate", invoice.issued_on.isoformat())
    if invoice.due_on:
        CBC.leaf(root, "DueDate", invoice.due_on.isoformat())
    CBC.leaf(root, f"{kind}TypeCode", invoice.type_code)
    for note in invoice.notes:
        CBC.leaf(root, "Note", _note(note))
    CBC.leaf(root, "DocumentCurrencyCode", invoice.currency)
    CBC.leaf(root, "BuyerReference", invoice.buyer_reference)


def _note(note: Note) -> str:
    """The syntax has no element for the kind of a note (BT-21): it stands in front of it."""
    return f"#{note.subject}#{note.text}" if note.subject else note.text


def _references(root: Element, invoice: EInvoice) -> None:
    first, last = invoice.days
    if first != last:
        _period(root, first, last)
    if invoice.order_reference:
        CBC.leaf(CAC.node(root, "OrderReference"), "ID", invoice.order_reference)
    if invoice.preceding:
        billing = CAC.node(CAC.node(root, "BillingReference"), "InvoiceDocumentReference")
        CBC.leaf(billing, "ID", invoice.preceding.number)
    if invoice.contract_reference:
        CBC.leaf(CAC.node(root, "ContractDocumentReference"), "ID", invoice.contract_reference)


def _party(parent: Element, party: Party) -> None:
    if party.electronic_address:
        CBC.leaf(parent, "EndpointID", party.electronic_address.value, schemeID=party.electronic_address.scheme)
    CBC.leaf(CAC.node(parent, "PartyIdentification"), "ID", party.identifier)
    _address(CAC.node(parent, "PostalAddress"), party)
    for scheme, number in (("VAT", party.vat_id), ("FC", party.tax_number)):
        if number:
            element = CAC.node(parent, "PartyTaxScheme")
            CBC.leaf(element, "CompanyID", number)
            CBC.leaf(CAC.node(element, "TaxScheme"), "ID", scheme)
    CBC.leaf(CAC.node(parent, "PartyLegalEntity"), "RegistrationName", party.name)
    contact = party.contact
    if contact.name or contact.phone or contact.email:
        element = CAC.node(parent, "Contact")
        CBC.leaf(element, "Name", contact.name)
        CBC.leaf(element, "Telephone", contact.phone)
        CBC.leaf(element, "ElectronicMail", contact.email)


def _address(parent: Element, party: Party) -> None:
    address = party.address
    first, second, *rest = (*address.lines, "", "")
    CBC.leaf(parent, "StreetName", first)
    CBC.leaf(parent, "AdditionalStreetName", second)
    CBC.leaf(parent, "CityName", address.city)
    CBC.leaf(parent, "PostalZone", address.postal_code)
    if third := ", ".join(line for line in rest if line):
        CBC.leaf(CAC.node(parent, "AddressLine"), "Line", third)
    CBC.leaf(CAC.node(parent, "Country"), "IdentificationCode", address.country)


def _payment(root: Element, invoice: EInvoice) -> None:
    payment = invoice.payment
    if payment:
        means = CAC.node(root, "PaymentMeans")
        CBC.leaf(means, "PaymentMeansCode", payment.means)
        CBC.leaf(means, "PaymentID", payment.reference)
        if payment.iban:
            account = CAC.node(means, "PayeeFinancialAccount")
            CBC.leaf(account, "ID", payment.iban)
            CBC.leaf(account, "Name", payment.holder)
            if payment.bic:
                CBC.leaf(CAC.node(account, "FinancialInstitutionBranch"), "ID", payment.bic)
    if invoice.payment_terms:
        CBC.leaf(CAC.node(root, "PaymentTerms"), "Note", invoice.payment_terms)


def _tax(parent: Element, invoice: EInvoice) -> None:
    _amount(parent, "TaxAmount", invoice.sums.tax)
    for group in invoice.vat:
        _group(CAC.node(parent, "TaxSubtotal"), group)


def _group(parent: Element, group: VatGroup) -> None:
    _amount(parent, "TaxableAmount", group.base)
    _amount(parent, "TaxAmount", group.tax)
    _category(CAC.node(parent, "TaxCategory"), group.vat, group.reason, group.code)


def _category(parent: Element, vat: Vat, reason: str | None = None, code: str | None = None) -> None:
    CBC.leaf(parent, "ID", vat.category)
    CBC.leaf(parent, "Percent", decimal_text(vat.rate))
    CBC.leaf(parent, "TaxExemptionReasonCode", code)
    CBC.leaf(parent, "TaxExemptionReason", reason)
    CBC.leaf(CAC.node(parent, "TaxScheme"), "ID", "VAT")


def _sums(parent: Element, invoice: EInvoice) -> None:
    sums = invoice.sums
    _amount(parent, "LineExtensionAmount", sums.lines)
    _amount(parent, "TaxExclusiveAmount", sums.net)
    _amount(parent, "TaxInclusiveAmount", sums.gross)
    if sums.allowances.amount_minor:
        _amount(parent, "AllowanceTotalAmount", sums.allowances)
    if sums.prepaid.amount_minor:
        _amount(parent, "PrepaidAmount", sums.prepaid)
    if sums.rounding.amount_minor:
        _amount(parent, "PayableRoundingAmount", sums.rounding)
    _amount(parent, "PayableAmount", sums.due)


def _line(parent: Element, line: Line, invoice: EInvoice) -> None:
    CBC.leaf(parent, "ID", line.line_id)
    CBC.leaf(parent, "Note", line.note)
    quantity = "CreditedQuantity" if invoice.type_code == CREDIT_NOTE else "InvoicedQuantity"
    CBC.leaf(parent, quantity, decimal_text(line.quantity), unitCode=line.unit)
    _amount(parent, "LineExtensionAmount", line.net)
    _period(parent, line.performed_on, line.performed_on)
    _allowances(parent, line.allowances)
    item = CAC.node(parent, "Item")
    CBC.leaf(item, "Description", line.description)
    CBC.leaf(item, "Name", line.name)
    CBC.leaf(CAC.node(item, "SellersItemIdentification"), "ID", line.item_id)
    _category(CAC.node(item, "ClassifiedTaxCategory"), line.vat)
    price = CAC.node(parent, "Price")
    _amount(price, "PriceAmount", line.price)
    if line.per != 1:
        CBC.leaf(price, "BaseQuantity", decimal_text(line.per), unitCode=line.unit)


def _allowances(parent: Element, allowances: Iterable[Allowance]) -> None:
    for allowance in allowances:
        element = CAC.node(parent, "AllowanceCharge")
        CBC.leaf(element, "ChargeIndicator", "false")
        CBC.leaf(element, "AllowanceChargeReason", allowance.reason)
        _amount(element, "Amount", allowance.amount)
        if allowance.vat:
            _category(CAC.node(element, "TaxCategory"), allowance.vat)


def _period(parent: Element, first: date, last: date) -> None:
    period = CAC.node(parent, "InvoicePeriod")
    CBC.leaf(period, "StartDate", first.isoformat())
    CBC.leaf(period, "EndDate", last.isoformat())


def _amount(parent: Element, name: str, amount: Money) -> None:
    CBC.leaf(parent, name, plain(amount), currencyID=amount.currency)
