"""What is on an invoice, as text in the reader's language; BT and BG are EN 16931's names. The template lays it out."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.invoicing import (
    Allocation,
    BankAccount,
    InsurerClaim,
    Invoice,
    InvoiceLine,
    IssuedTerms,
    TaxSubtotal,
)
from contracts.values import Address
from documents.adapters.labels import DEFAULT, labels, languages
from documents.adapters.pdf.epc import epc_qr
from documents.adapters.pdf.formats import Formats, locale_of
from kernel.money import Money, total

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LineView:
    """BG-25. An empty cell is a fact that the line does not have."""

    date: str
    code: str
    description: str
    tooth: str
    surfaces: str
    quantity: str
    unit_price: str
    net: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaxView:
    """BG-23, one category and rate."""

    label: str
    reason: str
    base: str
    tax: str


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """Everything the template shows."""

    lang: str
    words: Mapping[str, str]
    number: str
    currency: str
    clinic: str
    clinic_address: tuple[str, ...]
    clinic_facts: tuple[Fact, ...]
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    lines: tuple[LineView, ...]
    taxes: tuple[TaxView, ...]
    subtotal: str
    tax: str
    gross: str
    rounding: str | None
    discounts: str | None
    insurer: Fact | None
    paid: str | None
    due: str
    agreed: str
    instalments: tuple[Fact, ...]
    request: str
    prompt: str | None
    account: tuple[Fact, ...]
    epc_qr: str | None
    note: str | None


def invoice_view(invoice: Invoice) -> InvoiceView:
    """Raises ValueError for an invoice without number or seller: it was not finalized."""
    if invoice.number is None or invoice.seller is None:
        raise ValueError(f"{invoice.invoice_id} is not finalized")
    formats = Formats(locale_of(invoice.buyer.locale))
    words = labels(formats.locale.language)
    paid = paid_before_issue(invoice)
    due = asked_for(invoice)
    return InvoiceView(
        lang=formats.locale.language if formats.locale.language in languages() else DEFAULT,
        words=words,
        number=invoice.number,
        currency=invoice.currency,
        clinic=invoice.seller.name,
        clinic_address=_address(invoice.seller.address, None, formats),
        clinic_facts=_clinic_facts(invoice, words),
        recipient=_recipient(invoice, formats),
        facts=_facts(invoice, words, formats),
        lines=tuple(_line(line, words, formats) for line in invoice.lines),
        taxes=tuple(_tax(tax, words, formats) for tax in invoice.tax),
        subtotal=formats.bare(invoice.totals.net),
        tax=formats.bare(invoice.totals.tax),
        gross=formats.amount(invoice.totals.gross),
        rounding=_unless_zero(invoice.totals.rounding, formats),
        discounts=_discounts(invoice, words, formats),
        insurer=_insurer(invoice, words, formats),
        paid=_unless_zero(-paid, formats),
        due=formats.amount(due),
        agreed=_agreed(invoice, due, words, formats),
        instalments=tuple((formats.day(part.due_on), formats.amount(part.amount)) for part in invoice.instalments),
        request=_request(invoice, due, words, formats),
        prompt=_prompt(invoice, due, words, formats),
        account=_account(invoice, words) if due.amount_minor > 0 else (),
        epc_qr=_epc_qr(invoice, due),
        note=invoice.note,
    )


def paid_before_issue(invoice: Invoice) -> Money:
    """BT-113. What came later is not on the document that was issued, however late it is rendered."""
    return issued_terms(invoice).paid


def asked_for(invoice: Invoice) -> Money:
    """BT-115 as of the issue: the patient's part, less what was paid before."""
    return issued_terms(invoice).asked


def issued_terms(invoice: Invoice) -> IssuedTerms:
    """What the invoice asked for when it was issued; nothing that came later is on its document."""
    return invoice.issued or _derived_terms(invoice)


def _derived_terms(invoice: Invoice) -> IssuedTerms:
    """Of an invoice from before these terms were told: as far as its claims and its payments still say it."""
    issued, split = invoice.finalized_at, invoice.insurance
    early = (
        a.amount for a in invoice.allocations if issued is not None and a.at <= issued and _on_the_bill(a, invoice)
    )
    paid = total(early, invoice.currency)
    costs = invoice.totals.gross + (invoice.totals.rounding or Money(0, invoice.currency))
    if split is None:
        return IssuedTerms(paid=paid, asked=costs - paid)
    claimed = _claimed(invoice) or split.insurer_part
    claim = InsurerClaim(payer_id=split.payer_id, payer_name=split.payer_name, amount=claimed)
    return IssuedTerms(insurers=(claim,) if claimed.amount_minor else (), paid=paid, asked=costs - claimed - paid)


def _claimed(invoice: Invoice) -> Money | None:
    """What was claimed by line, which no refusal changes; None where the insurer pays a part of the whole."""
    parts = [line.insurer_part for line in invoice.lines if line.insurer_part is not None]
    return total(parts, invoice.currency) if parts else None


def _on_the_bill(allocation: Allocation, invoice: Invoice) -> bool:
    """What the insurer paid is taken off with its part already."""
    return invoice.insurance is None or allocation.part == "patient"


def _unless_zero(amount: Money | None, formats: Formats) -> str | None:
    return formats.bare(amount) if amount is not None and amount.amount_minor else None


def _insurer(invoice: Invoice, words: Mapping[str, str], formats: Formats) -> Fact | None:
    """What insurers pay, which is not asked of the patient."""
    issued = issued_terms(invoice)
    if not issued.insurers:
        return None
    whole = total((claim.amount for claim in issued.insurers), invoice.currency)
    return words["insurer_pays"].format(payer=_names(issued)), formats.bare(-whole)


def _agreed(invoice: Invoice, due: Money, words: Mapping[str, str], formats: Formats) -> str:
    """Above the instalments; a plan that was made later says how much was open then."""
    planned = total((part.amount for part in invoice.instalments), invoice.currency)
    return words["instalments"] if planned == due else words["instalments_of"].format(amount=formats.amount(planned))


def _remarks(line: InvoiceLine, words: Mapping[str, str], formats: Formats) -> tuple[str, ...]:
    """Why the net amount is not the unit price x quantity (BG-27 names each allowance)."""
    remarks = [f"{discount.name} {formats.bare(-discount.amount)}" for discount in line.discounts]
    if line.basis == "gross":
        remarks.append(words["price_includes_tax"])
        if line.amount is not None and line.waiver is None and (line.discounts or line.amount != line.unit_price):
            left = line.amount - total((discount.amount for discount in line.discounts), line.amount.currency)
            remarks.append(words["amount_includes_tax"].format(amount=formats.bare(left)))
    if line.waiver is not None:
        remarks.append(words["free_of_charge"])
    return tuple(remarks)


def _line(line: InvoiceLine, words: Mapping[str, str], formats: Formats) -> LineView:
    unit = f" {line.unit}" if line.unit else ""
    return LineView(
        date=formats.day(line.performed_on),
        code=line.code,
        description=line.description,
        tooth=line.tooth or line.area or "",
        surfaces=" ".join(line.surfaces),
        quantity=formats.number(line.quantity) + unit,
        unit_price=formats.bare(line.unit_price) if line.unit_price else "",
        net=formats.bare(line.net) if line.net else "",
        remarks=_remarks(line, words, formats),
    )


def _tax(tax: TaxSubtotal, words: Mapping[str, str], formats: Formats) -> TaxView:
    label = words[f"tax_{tax.category}"].format(rate=formats.number(tax.rate))
    return TaxView(label, tax.exemption_reason or "", formats.bare(tax.base), formats.bare(tax.tax))


def _address(address: Address, home: str | None, formats: Formats) -> tuple[str, ...]:
    """Street, town, and the country when it is another than `home`, in capitals (UPU S42)."""
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    abroad = address.country and home and address.country != home
    country = formats.country(address.country).upper() if address.country and abroad else ""
    return tuple(line for line in (*address.lines, town, country) if line)


def _recipient(invoice: Invoice, formats: Formats) -> tuple[str, ...]:
    home = invoice.seller.address.country if invoice.seller else None
    address = invoice.buyer.address
    return (invoice.buyer.name, *(_address(address, home, formats) if address else ()))


def _clinic_facts(invoice: Invoice, words: Mapping[str, str]) -> tuple[Fact, ...]:
    seller = invoice.seller
    if seller is None:
        return ()
    facts = ((words["tax_id"], seller.tax_id), (words["phone"], seller.phone), (words["email"], seller.email))
    return tuple((name, value) for name, value in facts if value)


def _facts(invoice: Invoice, words: Mapping[str, str], formats: Formats) -> tuple[Fact, ...]:
    provider = invoice.provider
    days = [line.performed_on for line in invoice.lines]
    birth = invoice.buyer.birth_date
    facts = (
        (words["number"], invoice.number),
        (words["issued_on"], formats.day(invoice.issued_on) if invoice.issued_on else None),
        (words["due_on"], formats.day(invoice.due_on) if invoice.due_on else None),
        (words["session"], formats.days(days) if days else None),
        (words["provider"], provider.name if provider else None),
        (words["npi"], provider.npi if provider else None),
        (words["patient"], invoice.buyer.name),
        (words["birth_date"], formats.day(birth) if birth else None),
    )
    return tuple((name, value) for name, value in facts if value)


def _bank(invoice: Invoice) -> BankAccount | None:
    account = invoice.seller.bank_account if invoice.seller else None
    return account if account and account.iban else None


def _request(invoice: Invoice, due: Money, words: Mapping[str, str], formats: Formats) -> str:
    if due.amount_minor <= 0:
        return _nothing_due(invoice, words)
    how = "pay_by_transfer" if _bank(invoice) else "pay_at_desk"
    text = words[how if invoice.due_on else f"{how}_undated"]
    day = formats.day(invoice.due_on) if invoice.due_on else ""
    return text.format(due=formats.amount(due), due_on=day, number=invoice.number)


def _nothing_due(invoice: Invoice, words: Mapping[str, str]) -> str:
    """Only who paid is thanked: an invoice may cost nothing, or insurers be asked for all of it."""
    issued = issued_terms(invoice)
    if issued.paid.amount_minor:
        return words["nothing_due"]
    return words["insured"].format(payer=_names(issued)) if issued.insurers else words["no_charge"]


def _names(issued: IssuedTerms) -> str:
    """Of the insurers, each once."""
    return ", ".join(dict.fromkeys(claim.payer_name or claim.payer_id for claim in issued.insurers))


def _discounts(invoice: Invoice, words: Mapping[str, str], formats: Formats) -> str | None:
    """What all the lines' allowances come to; the net amounts are after them (BT-131)."""
    granted = invoice.totals.discounts
    return words["discounts"].format(amount=formats.amount(granted)) if granted and granted.amount_minor else None


def _prompt(invoice: Invoice, due: Money, words: Mapping[str, str], formats: Formats) -> str | None:
    """BT-20: the reduced amount for who pays soon; not where some was paid before, and another sum is left to pay."""
    offer = invoice.prompt_payment
    if offer is None or due != offer.amount + offer.reduction:
        return None
    amounts = {"amount": formats.amount(offer.amount), "reduction": formats.amount(offer.reduction)}
    return words["prompt"].format(name=offer.name, day=formats.day(offer.pay_by), **amounts)


def _account(invoice: Invoice, words: Mapping[str, str]) -> tuple[Fact, ...]:
    """BG-17: where to, with the IBAN in groups of four (ISO 13616)."""
    account = _bank(invoice)
    if account is None or account.iban is None or invoice.seller is None:
        return ()
    facts = (
        (words["holder"], account.holder or invoice.seller.name),
        (words["iban"], _grouped(account.iban)),
        (words["bic"], account.bic),
        (words["reference"], _grouped(invoice.payment_reference) if invoice.payment_reference else invoice.number),
    )
    return tuple((name, value) for name, value in facts if value)


def _grouped(identifier: str) -> str:
    """An IBAN or a creditor reference as it is written on paper, in groups of four (ISO 13616, ISO 11649)."""
    letters = identifier.replace(" ", "")
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _epc_qr(invoice: Invoice, due: Money) -> str | None:
    account = _bank(invoice)
    if account is None or invoice.seller is None or invoice.payment_reference is None:
        return None
    return epc_qr(account, account.holder or invoice.seller.name, due, invoice.payment_reference)
