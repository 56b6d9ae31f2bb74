"""A credit note as an electronic one: of type 381, whose amounts are positive, and it names its invoice."""

from contracts.invoicing import CreditNoteIssued, PublicPayer
from documents.adapters.labels import labels_of
from documents.adapters.xml.lines import groups_of, line_of, refuse_other_sums
from documents.adapters.xml.of_invoice import patient_note, payment_to, public_payer_of, refuse_currency
from documents.adapters.xml.parties import patient_party, payer_party, seller_party
from documents.adapters.xml.terms import CREDIT_NOTE, EInvoice, NoEInvoice, Note, Preceding, Sums
from documents.adapters.xml.text import clean
from documents.domain.documents.e_invoice import Profile
from kernel.money import Money, total


def credit_note_terms(note: CreditNoteIssued, profile: Profile = "en16931") -> EInvoice:
    """What it takes off may round off what its invoice was rounded by (BT-114).

    With `xrechnung` it takes off the public payer's part, and says what of it is others'. Raises NoEInvoice where the
    standard has no valid document for it.
    """
    if note.seller is None or note.buyer is None or note.net is None or not note.lines:
        raise NoEInvoice("it does not tell its lines and parties: it is from before credit notes did")
    refuse_currency(note.currency)
    words = labels_of(note.buyer.locale)
    lines = tuple(line_of(line, words)[0] for line in note.lines)
    groups = groups_of(note.tax, words)
    refuse_other_sums(lines, (), groups)
    tax, nothing = total((group.tax for group in groups), note.currency), Money(0, note.currency)
    gross = note.net + tax
    seller = seller_party(note.seller, profile)
    home = seller.address.country
    payer = public_payer_of(note.public_payer) if profile == "xrechnung" else None
    due = _taken_off(payer, note) if payer else note.amount
    texts = (note.reason, patient_note(note.buyer.name, words["patient"]) if payer else "")
    return EInvoice(
        profile=profile,
        type_code=CREDIT_NOTE,
        number=clean(note.number) or "",
        issued_on=note.issued_on,
        currency=note.currency,
        seller=seller,
        buyer=payer_party(payer, home) if payer else patient_party(note.buyer, home),
        lines=lines,
        vat=groups,
        sums=Sums(note.net, nothing, note.net, tax, gross, note.amount - due, note.amount - gross, due),
        notes=tuple(Note(text) for text in map(clean, texts) if text),
        buyer_reference=clean(payer.buyer_reference) if payer else None,
        order_reference=clean(payer.order_reference) if payer else None,
        contract_reference=clean(payer.contract_reference) if payer else None,
        preceding=Preceding(clean(note.invoice_number) or note.invoice_id),
        payment=payment_to(None, clean(note.number) or "", note.currency, profile, asks=False),
        payment_terms=words["credit_terms"].format(number=note.invoice_number),
    )


def _taken_off(payer: PublicPayer, note: CreditNoteIssued) -> Money:
    parts = [part.amount for part in note.payers if part.payer_id == payer.payer_id]
    if not parts:
        raise NoEInvoice(f"it takes nothing off the part of {payer.payer_id}")
    return total(parts, note.currency)
