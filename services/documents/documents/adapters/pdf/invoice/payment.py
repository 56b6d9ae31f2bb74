"""How an invoice asks to be paid: one sentence, one reference, one account."""

from contracts.invoicing import Invoice
from documents.adapters.pdf.epc import epc_qr
from documents.adapters.pdf.invoice.terms import issued_terms, names_of
from documents.adapters.pdf.parties import Fact, Reader, account_of, in_fours, known
from kernel.money import Money


def request(invoice: Invoice, due: Money, reader: Reader) -> str:
    if due.amount_minor <= 0:
        return _nothing_due(invoice, reader)
    how = "pay_by_transfer" if account_of(invoice.seller) else "pay_at_desk"
    text = reader.words[how if invoice.due_on else f"{how}_undated"]
    day = reader.formats.day(invoice.due_on) if invoice.due_on else ""
    return text.format(due=reader.formats.amount(due), due_on=day, reference=reference_of(invoice))


def reference_of(invoice: Invoice) -> str:
    """The one that is asked for: the creditor reference, or else the number."""
    return in_fours(invoice.payment_reference) if invoice.payment_reference else invoice.number or ""


def _nothing_due(invoice: Invoice, reader: Reader) -> str:
    """Only who paid is thanked: an invoice may cost nothing, or insurers be asked for all of it."""
    issued = issued_terms(invoice)
    if issued.paid.amount_minor:
        return reader.words["nothing_due"]
    return reader.words["insured"].format(payer=names_of(issued)) if issued.insurers else reader.words["no_charge"]


def prompt(invoice: Invoice, due: Money, reader: Reader) -> str | None:
    """BT-20: the reduced amount for who pays soon; not where some was paid before, and another sum is left to pay."""
    offer, formats = invoice.prompt_payment, reader.formats
    if offer is None or due != offer.amount + offer.reduction:
        return None
    amounts = {"amount": formats.amount(offer.amount), "reduction": formats.amount(offer.reduction)}
    return reader.words["prompt"].format(name=offer.name, day=formats.day(offer.pay_by), **amounts)


def account(invoice: Invoice, reader: Reader) -> tuple[Fact, ...]:
    """BG-17: where to, with the IBAN in groups of four."""
    found, words = account_of(invoice.seller), reader.words
    if found is None or found.iban is None or invoice.seller is None:
        return ()
    return known(
        (words["holder"], found.holder or invoice.seller.name),
        (words["iban"], in_fours(found.iban)),
        (words["bic"], found.bic),
        (words["reference"], reference_of(invoice)),
    )


def code_to_scan(invoice: Invoice, due: Money) -> str | None:
    found = account_of(invoice.seller)
    if found is None or invoice.seller is None or invoice.payment_reference is None:
        return None
    return epc_qr(found, found.holder or invoice.seller.name, due, invoice.payment_reference)
