"""An invoice as an electronic invoice: as it was issued, whatever was paid of it later."""

from contracts.invoicing import BankAccount, Invoice, PublicPayer
from documents.adapters.labels import labels_of
from documents.adapters.pdf.invoice.terms import issued_terms
from documents.adapters.pdf.invoice.view import InvoiceView
from documents.adapters.xml.codes import CURRENCIES
from documents.adapters.xml.lines import groups_of, line_of, refuse_other_sums, together
from documents.adapters.xml.parties import patient_party, payer_party, seller_party
from documents.adapters.xml.terms import (
    INVOICE,
    NOT_DEFINED,
    SEPA_TRANSFER,
    TRANSFER,
    EInvoice,
    NoEInvoice,
    Note,
    Payment,
    Preceding,
    Sums,
)
from documents.adapters.xml.text import clean
from documents.domain.documents.e_invoice import Profile
from kernel.currencies import PLACES
from kernel.money import Money, plain, total

PAYMENT_TEXT = "PMT"
"""UNTDID 4451: payment information."""


def invoice_terms(
    invoice: Invoice, view: InvoiceView, profile: Profile = "en16931", supplements: str | None = None
) -> EInvoice:
    """What the insurers pay is not asked of the patient: it is in the prepaid amount (BT-113), and a note says so.

    With `xrechnung` it is the invoice to the public payer, of which the patient's part is not asked. Raises NoEInvoice
    where the standard has no valid document for it.
    """
    if invoice.number is None or invoice.seller is None or invoice.issued_on is None:
        raise NoEInvoice("it is not finalized")
    refuse_currency(invoice.currency)
    words = labels_of(invoice.buyer.locale)
    spread = [line_of(line, words) for line in invoice.lines]
    if not spread:
        raise NoEInvoice("it has no lines (BR-16)")
    lines, allowances = tuple(line for line, _ in spread), together(part for _, shared in spread for part in shared)
    groups = groups_of(invoice.tax, words)
    refuse_other_sums(lines, allowances, groups)
    seller = seller_party(invoice.seller, profile)
    home = seller.address.country
    payer = public_payer_of(invoice.public_payer) if profile == "xrechnung" else None
    due = _claimed_of(payer, invoice) if payer else issued_terms(invoice).asked
    rounding = invoice.totals.rounding or Money(0, invoice.currency)
    return EInvoice(
        profile=profile,
        type_code=INVOICE,
        number=clean(invoice.number) or "",
        issued_on=invoice.issued_on,
        currency=invoice.currency,
        seller=seller,
        buyer=payer_party(payer, home) if payer else patient_party(invoice.buyer, home),
        lines=lines,
        vat=groups,
        sums=Sums(
            lines=total((line.net for line in lines), invoice.currency),
            allowances=total((allowance.amount for allowance in allowances), invoice.currency),
            net=invoice.totals.net,
            tax=invoice.totals.tax,
            gross=invoice.totals.gross,
            prepaid=invoice.totals.gross + rounding - due,
            rounding=rounding,
            due=due,
        ),
        due_on=invoice.due_on,
        notes=_notes(invoice, payer),
        buyer_reference=clean(payer.buyer_reference) if payer else None,
        order_reference=clean(payer.order_reference) if payer else None,
        contract_reference=clean(payer.contract_reference) if payer else None,
        preceding=Preceding(number) if (number := clean(supplements)) else None,
        allowances=allowances,
        payment=_payment(invoice, due, profile),
        payment_terms=None if payer and invoice.due_on else _terms(view, payer),
    )


def refuse_currency(currency: str) -> None:
    """Raises NoEInvoice."""
    if PLACES[currency] > 2:
        raise NoEInvoice(f"{currency} has {PLACES[currency]} decimal places, and EN 16931 takes two (BR-DEC)")
    if currency not in CURRENCIES:
        raise NoEInvoice(f"{currency} is not in the code list of EN 16931 (BR-CL-04)")


def public_payer_of(payer: PublicPayer | None) -> PublicPayer:
    """Raises NoEInvoice."""
    if payer is None:
        raise NoEInvoice("no payer of it is among the `public_payers` of the clinic's profile")
    return payer


def _claimed_of(payer: PublicPayer, invoice: Invoice) -> Money:
    claims = [claim.amount for claim in issued_terms(invoice).insurers if claim.payer_id == payer.payer_id]
    if not claims:
        raise NoEInvoice(f"it asks nothing of {payer.payer_id}")
    return total(claims, invoice.currency)


def _notes(invoice: Invoice, payer: PublicPayer | None) -> tuple[Note, ...]:
    """BG-1: what the clinic says, who pays what, and of an authority's invoice who was treated."""
    words, terms = labels_of(invoice.buyer.locale), issued_terms(invoice)
    parts = [
        words["insurer_pays"].format(payer=claim.payer_name or claim.payer_id) + f": {_amount(claim.amount)}"
        for claim in terms.insurers
    ]
    if terms.insurers and terms.paid.amount_minor:
        parts.append(f"{words['paid']}: {_amount(terms.paid)}")
    texts = [
        Note(invoice.note or ""),
        Note("; ".join(parts), PAYMENT_TEXT),
        Note(patient_note(invoice.buyer.name, words["patient"]) if payer else ""),
    ]
    return tuple(Note(text, note.subject) for note in texts if (text := clean(note.text)))


def patient_note(name: str, word: str) -> str:
    return f"{word}: {name}"


def _amount(amount: Money) -> str:
    return f"{plain(amount)} {amount.currency}"


def _payment(invoice: Invoice, due: Money, profile: Profile) -> Payment | None:
    """XRechnung asks for one in any case (BR-DE-1)."""
    reference = clean(invoice.payment_reference) or clean(invoice.number) or ""
    account = invoice.seller.bank_account if invoice.seller else None
    return payment_to(account, reference, invoice.currency, profile, asks=due.amount_minor > 0)


def payment_to(
    account: BankAccount | None, reference: str, currency: str, profile: Profile, *, asks: bool
) -> Payment | None:
    """How to pay: by transfer where there is an account and something to pay (BR-61)."""
    iban = "".join((clean(account.iban) or "").split()) if account else ""
    if account is not None and iban and asks:
        means = SEPA_TRANSFER if currency == "EUR" else TRANSFER
        return Payment(means, reference, iban, clean(account.bic), clean(account.holder))
    return Payment(NOT_DEFINED, reference) if profile == "xrechnung" else None


def _terms(view: InvoiceView, payer: PublicPayer | None) -> str | None:
    """BT-20, as it is printed. An authority is not told what the patient is asked for."""
    if payer is not None:
        return view.words["payment_on_receipt"]
    parts = "; ".join(f"{day} {amount}" for day, amount in view.instalments)
    return clean(" ".join(part for part in (view.request, view.prompt, parts and f"{view.agreed} {parts}") if part))
