"""What a payer owes of an invoice by now, as invoicing said it last."""

from contracts.invoicing import Invoice
from kernel.money import Money, total


def owed_by_patient(invoice: Invoice) -> Money:
    """The patient's part only: what waits for an insurer is not theirs to pay."""
    for share in invoice.payers:
        if share.part == "patient":
            return share.open
    if invoice.insurance is not None:
        return invoice.insurance.patient_part - invoice.insurance.patient_paid
    return invoice.totals.due


def owed_by_insurer(invoice: Invoice, payer_id: str) -> Money:
    shares = [share for share in invoice.payers if share.part == "insurer" and share.payer_id == payer_id]
    if shares:
        return total((share.open for share in shares), invoice.currency)
    split = invoice.insurance
    if split is not None and split.payer_id == payer_id:
        return split.insurer_part - split.insurer_paid
    return Money(0, invoice.currency)
