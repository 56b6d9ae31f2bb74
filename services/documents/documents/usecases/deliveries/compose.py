"""What a mail is to say, from the delivery and the invoice as it is by now."""

from collections.abc import Sequence

from chassis.domain_names import ascii_domain
from contracts.invoicing import BankAccount, Invoice
from documents.domain.deliveries.addresses import address_of
from documents.domain.deliveries.delivery import Delivery
from documents.domain.deliveries.mail import Attached, Mail, Payment
from documents.domain.deliveries.reminders import Overdue
from documents.usecases.deliveries.recipients import coverage_of, recipient_of
from documents.usecases.documents.owed import owed_by_insurer, owed_by_patient
from kernel.errors import BusinessError
from kernel.money import Money

ASKING = frozenset({"invoice", "submission", "reminder"})
"""Documents that ask for money: a mail of others names no amount."""


def mail_of(delivery: Delivery, invoice: Invoice, attached: Sequence[Attached], overdue: Overdue | None = None) -> Mail:
    """A reminder asks for what is overdue, any other mail for all that the recipient owes. Raises as `recipient_of`."""
    recipient = recipient_of(invoice, delivery.to, delivery.address, delivery.payer_id)
    asks = any(each.kind in ASKING for each in attached)
    return Mail(
        delivery_id=delivery.delivery_id,
        recipient=recipient.address,
        to=delivery.to,
        name=recipient.name,
        clinic=invoice.seller.name if invoice.seller else "",
        reply_to=_answers_to(invoice),
        number=_number(attached, invoice),
        locale=delivery.language or recipient.locale,
        home=invoice.seller.address.country if invoice.seller else None,
        occasion=delivery.occasion,
        step=delivery.step,
        payment=_payment(delivery, invoice, overdue) if asks else None,
        attached=tuple(attached),
        requested_at=delivery.requested_at,
    )


def _payment(delivery: Delivery, invoice: Invoice, overdue: Overdue | None) -> Payment:
    due, due_on = (overdue.amount, overdue.since) if overdue else (_owed(delivery, invoice), invoice.due_on)
    account = invoice.seller.bank_account if invoice.seller else None
    held = account if account and account.iban else BankAccount()
    return Payment(
        due=due,
        due_on=due_on,
        reference=invoice.payment_reference or invoice.number or "",
        holder=held.holder,
        iban=held.iban,
        bic=held.bic,
    )


def _owed(delivery: Delivery, invoice: Invoice) -> Money:
    if delivery.to == "insurer":
        return owed_by_insurer(invoice, coverage_of(invoice, delivery.payer_id).payer_id)
    return owed_by_patient(invoice)


def _number(attached: Sequence[Attached], invoice: Invoice) -> str:
    """Of what the mail is about: a receipt or credit note by itself has its own."""
    first = attached[0] if attached else None
    if first is not None and first.kind in ("receipt", "credit_note"):
        return first.number
    return invoice.number or ""


def _answers_to(invoice: Invoice) -> str | None:
    """The clinic's own address; None where it has none that mail could be sent to."""
    email = invoice.seller.email if invoice.seller else None
    try:
        found = address_of(email, "", "", ascii_domain, "")
    except BusinessError:
        return None
    return found if found.isascii() else None
