"""UN/CEFACT Cross Industry Invoice, as EN 16931-3-3 maps the business terms to it and Factur-X embeds it."""

from collections.abc import Iterable
from datetime import date

from lxml import etree

from documents.adapters.xml.codes import decimal_text
from documents.adapters.xml.elements import Element, Namespace
from documents.adapters.xml.terms import (
    BUSINESS_PROCESS,
    SPECIFICATIONS,
    Allowance,
    EInvoice,
    Line,
    Party,
    Payment,
    Vat,
    VatGroup,
)
from kernel.money import Money, plain

_UN = "urn:un:unece:uncefact:data:standard"
RSM = Namespace(f"{_UN}:CrossIndustryInvoice:100")
RAM = Namespace(f"{_UN}:ReusableAggregateBusinessInformationEntity:100")
UDT = Namespace(f"{_UN}:UnqualifiedDataType:100")
_PREFIXES = {"rsm": RSM.uri, "ram": RAM.uri, "udt": UDT.uri}
_DATE = "102"
"""UNTDID 2379: CCYYMMDD."""


def cii(invoice: EInvoice) -> Element:
    """The root of the invoice or credit note."""
    root = etree.Element(RSM.tag("CrossIndustryInvoice"), nsmap=_PREFIXES)
    _context(RSM.node(root, "ExchangedDocumentContext"), invoice)
    _document(RSM.node(root, "ExchangedDocument"), invoice)
    transaction = RSM.node(root, "SupplyChainTradeTransaction")
    for line in invoice.lines:
        _line(RAM.node(transaction, "IncludedSupplyChainTradeLineItem"), line)
    _agreement(RAM.node(transaction, "ApplicableHeaderTradeAgreement"), invoice)
    _delivery(RAM.node(transaction, "ApplicableHeaderTradeDelivery"), invoice)
    _settlement(RAM.node(transaction, "ApplicableHeaderTradeSettlement"), invoice)
    return root


def _context(parent: Element, invoice: EInvoice) -> None:
    if invoice.profile == "xrechnung":
        process = RAM.node(parent, "BusinessProcessSpecifiedDocumentContextParameter")
        RAM.leaf(process, "ID", BUSINESS_PROCESS)
    guideline = RAM.node(parent, "GuidelineSpecifiedDocumentContextParameter")
    RAM.leaf(guideline, "ID", SPECIFICATIONS[invoice.profile])


def _document(parent: Element, invoice: EInvoice) -> None:
    RAM.leaf(parent, "ID", invoice.number)
    RAM.leaf(parent, "TypeCode", invoice.type_code)
    _date(parent, "IssueDateTime", invoice.issued_on)
    for note in invoice.notes:
        included = RAM.node(parent, "IncludedNote")
        RAM.leaf(included, "Content", note.text)
        RAM.leaf(included, "SubjectCode", note.subject)


def _line(parent: Element, line: Line) -> None:
    document = RAM.node(parent, "AssociatedDocumentLineDocument")
    RAM.leaf(document, "LineID", line.line_id)
    if line.note:
        RAM.leaf(RAM.node(document, "IncludedNote"), "Content", line.note)
    product = RAM.node(parent, "SpecifiedTradeProduct")
    RAM.leaf(product, "SellerAssignedID", line.item_id)
    RAM.leaf(product, "Name", line.name)
    RAM.leaf(product, "Description", line.description)
    price = RAM.node(RAM.node(parent, "SpecifiedLineTradeAgreement"), "NetPriceProductTradePrice")
    _amount(price, "ChargeAmount", line.price)
    if line.per != 1:
        RAM.leaf(price, "BasisQuantity", decimal_text(line.per), unitCode=line.unit)
    delivery = RAM.node(parent, "SpecifiedLineTradeDelivery")
    RAM.leaf(delivery, "BilledQuantity", decimal_text(line.quantity), unitCode=line.unit)
    settlement = RAM.node(parent, "SpecifiedLineTradeSettlement")
    _vat(RAM.node(settlement, "ApplicableTradeTax"), line.vat)
    _period(settlement, line.performed_on, line.performed_on)
    _allowances(settlement, line.allowances)
    _amount(RAM.node(settlement, "SpecifiedTradeSettlementLineMonetarySummation"), "LineTotalAmount", line.net)


def _agreement(parent: Element, invoice: EInvoice) -> None:
    RAM.leaf(parent, "BuyerReference", invoice.buyer_reference)
    _party(RAM.node(parent, "SellerTradeParty"), invoice.seller)
    _party(RAM.node(parent, "BuyerTradeParty"), invoice.buyer)
    for name, reference in (
        ("BuyerOrderReferencedDocument", invoice.order_reference),
        ("ContractReferencedDocument", invoice.contract_reference),
    ):
        if reference:
            RAM.leaf(RAM.node(parent, name), "IssuerAssignedID", reference)


def _party(parent: Element, party: Party) -> None:
    RAM.leaf(parent, "ID", party.identifier)
    RAM.leaf(parent, "Name", party.name)
    contact = party.contact
    if contact.name or contact.phone or contact.email:
        element = RAM.node(parent, "DefinedTradeContact")
        RAM.leaf(element, "PersonName", contact.name)
        if contact.phone:
            RAM.leaf(RAM.node(element, "TelephoneUniversalCommunication"), "CompleteNumber", contact.phone)
        if contact.email:
            RAM.leaf(RAM.node(element, "EmailURIUniversalCommunication"), "URIID", contact.email)
    _address(RAM.node(parent, "PostalTradeAddress"), party)
    if party.electronic_address:
        communication = RAM.node(parent, "URIUniversalCommunication")
        RAM.leaf(communication, "URIID", party.electronic_address.value, schemeID=party.electronic_address.scheme)
    for scheme, number in (("VA", party.vat_id), ("FC", party.tax_number)):
        if number:
            RAM.leaf(RAM.node(parent, "SpecifiedTaxRegistration"), "ID", number, schemeID=scheme)


def _address(parent: Element, party: Party) -> None:
    address = party.address
    first, second, *rest = (*address.lines, "", "")
    RAM.leaf(parent, "PostcodeCode", address.postal_code)
    RAM.leaf(parent, "LineOne", first)
    RAM.leaf(parent, "LineTwo", second)
    RAM.leaf(parent, "LineThree", ", ".join(line for line in rest if line))
    RAM.leaf(parent, "CityName", address.city)
    RAM.leaf(parent, "CountryID", address.country)


def _delivery(parent: Element, invoice: EInvoice) -> None:
    _date(RAM.node(parent, "ActualDeliverySupplyChainEvent"), "OccurrenceDateTime", invoice.days[1])


def _settlement(parent: Element, invoice: EInvoice) -> None:
    if invoice.payment:
        RAM.leaf(parent, "PaymentReference", invoice.payment.reference)
    RAM.leaf(parent, "InvoiceCurrencyCode", invoice.currency)
    if invoice.payment:
        _means(RAM.node(parent, "SpecifiedTradeSettlementPaymentMeans"), invoice.payment)
    for group in invoice.vat:
        _group(RAM.node(parent, "ApplicableTradeTax"), group)
    first, last = invoice.days
    if first != last:
        _period(parent, first, last)
    _allowances(parent, invoice.allowances)
    if invoice.payment_terms or invoice.due_on:
        terms = RAM.node(parent, "SpecifiedTradePaymentTerms")
        RAM.leaf(terms, "Description", invoice.payment_terms)
        if invoice.due_on:
            _date(terms, "DueDateDateTime", invoice.due_on)
    _sums(RAM.node(parent, "SpecifiedTradeSettlementHeaderMonetarySummation"), invoice)
    if invoice.preceding:
        RAM.leaf(RAM.node(parent, "InvoiceReferencedDocument"), "IssuerAssignedID", invoice.preceding.number)


def _means(parent: Element, payment: Payment) -> None:
    RAM.leaf(parent, "TypeCode", payment.means)
    if payment.iban:
        account = RAM.node(parent, "PayeePartyCreditorFinancialAccount")
        RAM.leaf(account, "IBANID", payment.iban)
        RAM.leaf(account, "AccountName", payment.holder)
    if payment.bic:
        RAM.leaf(RAM.node(parent, "PayeeSpecifiedCreditorFinancialInstitution"), "BICID", payment.bic)


def _group(parent: Element, group: VatGroup) -> None:
    _amount(parent, "CalculatedAmount", group.tax)
    RAM.leaf(parent, "TypeCode", "VAT")
    RAM.leaf(parent, "ExemptionReason", group.reason)
    _amount(parent, "BasisAmount", group.base)
    RAM.leaf(parent, "CategoryCode", group.vat.category)
    RAM.leaf(parent, "ExemptionReasonCode", group.code)
    RAM.leaf(parent, "RateApplicablePercent", decimal_text(group.vat.rate))


def _sums(parent: Element, invoice: EInvoice) -> None:
    sums = invoice.sums
    _amount(parent, "LineTotalAmount", sums.lines)
    if sums.allowances.amount_minor:
        _amount(parent, "AllowanceTotalAmount", sums.allowances)
    _amount(parent, "TaxBasisTotalAmount", sums.net)
    RAM.leaf(parent, "TaxTotalAmount", plain(sums.tax), currencyID=invoice.currency)
    if sums.rounding.amount_minor:
        _amount(parent, "RoundingAmount", sums.rounding)
    _amount(parent, "GrandTotalAmount", sums.gross)
    if sums.prepaid.amount_minor:
        _amount(parent, "TotalPrepaidAmount", sums.prepaid)
    _amount(parent, "DuePayableAmount", sums.due)


def _allowances(parent: Element, allowances: Iterable[Allowance]) -> None:
    for allowance in allowances:
        element = RAM.node(parent, "SpecifiedTradeAllowanceCharge")
        UDT.leaf(RAM.node(element, "ChargeIndicator"), "Indicator", "false")
        _amount(element, "ActualAmount", allowance.amount)
        RAM.leaf(element, "Reason", allowance.reason)
        if allowance.vat:
            _vat(RAM.node(element, "CategoryTradeTax"), allowance.vat)


def _vat(parent: Element, vat: Vat) -> None:
    RAM.leaf(parent, "TypeCode", "VAT")
    RAM.leaf(parent, "CategoryCode", vat.category)
    RAM.leaf(parent, "RateApplicablePercent", decimal_text(vat.rate))


def _period(parent: Element, first: date, last: date) -> None:
    period = RAM.node(parent, "BillingSpecifiedPeriod")
    _date(period, "StartDateTime", first)
    _date(period, "EndDateTime", last)


def _date(parent: Element, name: str, day: date) -> None:
    UDT.leaf(RAM.node(parent, name), "DateTimeString", f"{day:%Y%m%d}", format=_DATE)


def _amount(parent: Element, name: str, amount: Money) -> None:
    RAM.leaf(parent, name, plain(amount))
