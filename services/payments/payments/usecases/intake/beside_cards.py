"""Money that is new, and the card payments of the same invoices that nobody has paid yet."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from payments.domain.cards.rivals import beside, give_way, rivals_of
from payments.domain.intake.lifecycle import PaymentOutcome
from payments.domain.intake.open_items import Invoice
from payments.domain.intake.payment import Payment
from payments.store import Store

Begun = tuple[PaymentOutcome, str | None]
"""A payment that is new, and the id of what it is a consequence of."""
GaveWay = tuple[Payment, PaymentOutcome]
"""A card payment as it was, and what becomes of it."""


async def beside_cards(unit: Unit, store: Store, begun: Sequence[Begun]) -> tuple[list[Begun], list[GaveWay]]:
    """The new payments, which know the card payments beside them, and what becomes of these."""
    crowded = await _crowded(unit, store, begun)
    if not crowded:
        return list(begun), []
    told: list[Begun] = []
    gave_way: dict[str, GaveWay] = {}
    for outcome, source_id in begun:
        payment, rivals = outcome.state, list[Payment]()
        if payment.invoice_id in crowded:
            invoice, others = crowded[payment.invoice_id]
            rivals = rivals_of(payment, invoice, others)
            others.append(payment)
        for rival in rivals:
            ended = give_way(rival, payment.payment_id, outcome.events[-1].change)
            gave_way.setdefault(rival.payment_id, (rival, ended))
        told.append((beside(outcome, rivals), source_id))
    return told, list(gave_way.values())


async def _crowded(unit: Unit, store: Store, begun: Sequence[Begun]) -> dict[str, tuple[Invoice, list[Payment]]]:
    """Invoices with such a card payment, each with all its payments."""
    named = sorted({outcome.state.invoice_id for outcome, _ in begun if outcome.state.invoice_id is not None})
    cards = await store.payments.undecided_cards(unit, *named)
    crowded: dict[str, tuple[Invoice, list[Payment]]] = {}
    for invoice_id in sorted({card.invoice_id for card in cards if card.invoice_id is not None}):
        invoice = await store.replicas.claim_invoice(unit, invoice_id)
        if invoice is not None:
            crowded[invoice_id] = invoice, await store.payments.of_invoices(unit, invoice_id)
    return crowded
