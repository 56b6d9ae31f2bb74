"""Links and cards at the desk that ask for more than is open end when invoicing says so: credited, voided, or paid."""

from collections.abc import Iterable

from chassis.messaging.outbox import Unit
from kernel.actor import system
from payments.domain.cards.cancellation import request_cancel
from payments.domain.cards.rivals import no_longer_open
from payments.usecases.intake.ledger import PaymentLedger

INVOICING = system("invoicing")


async def end_cards(unit: Unit, ledger: PaymentLedger, invoice_ids: Iterable[str]) -> None:
    """Of these invoices, whose copies are new. Stripe is asked soon after; a card that is faster wins."""
    cards = await ledger.store.payments.undecided_cards(unit, *invoice_ids)
    for invoice_id in sorted({card.invoice_id for card in cards if card.invoice_id is not None}):
        invoice = await ledger.store.replicas.claim_invoice(unit, invoice_id)
        if invoice is None:
            continue
        payments = await ledger.store.payments.of_invoices(unit, invoice_id)
        for card in no_longer_open(invoice, payments):
            change = ledger.change(INVOICING, f"invoice {invoice_id} is {invoice.status}, and less of it is open")
            await ledger.proceed(unit, card, request_cancel(card, "no-longer-open", change))
