"""Charges cards on file for instalments: the attempt is a card payment in the same ledger as any other.

The payment's id is derived from card, invoice, instalment and attempt, and is Stripe's idempotency key: an attempt
happens once, whatever is done again. Attempt and payment are recorded together; then Stripe is asked; then its answer
and what follows for the instalment are recorded.
"""

from datetime import datetime, timedelta

import structlog

from chassis.messaging.outbox import Unit
from kernel.errors import BusinessError
from kernel.money import Money
from payments.domain.cards.steps import chargeable_part
from payments.domain.cards_on_file.card_charge import CardCharge, CardChargeOutcome, conclude, drop, is_hard, start
from payments.domain.cards_on_file.card_on_file import CardOnFile
from payments.domain.cards_on_file.schedule import next_day
from payments.domain.intake.intake import ChargeCard, intend_card
from payments.domain.intake.open_items import Invoice, parts_left
from payments.domain.intake.payment import OnFile, Payment
from payments.publishing import publish
from payments.usecases.cards import charge_card, start_card
from payments.usecases.cards_on_file.charge_terms import ChargeTerms
from payments.usecases.cards_on_file.follow_cards_on_file import PLAN
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway, GatewayUnavailable

log = structlog.get_logger(__name__)
PAGE = 20
LOOK_AGAIN_AFTER = timedelta(seconds=5)
WAIT_FOR_OTHERS = timedelta(hours=1)
OTHERS_MAY_TAKE = timedelta(days=1)


async def work_off(ledger: PaymentLedger, gateway: Gateway, terms: ChargeTerms) -> bool:
    """Charges some of what is due; False when nothing was. Raises GatewayUnavailable."""
    now = ledger.clock()
    charges = await ledger.store.cards.due_charges(now, PAGE)
    for charge in charges:
        await ledger.store.cards.look_again_at_charge(charge.charge_id, now + LOOK_AGAIN_AFTER)
        await _go_on(ledger, gateway, terms, charge)
    return bool(charges)


async def _go_on(ledger: PaymentLedger, gateway: Gateway, terms: ChargeTerms, charge: CardCharge) -> None:
    """What is wrong with one charge does not keep the others."""
    try:
        if charge.status in ("announced", "waiting"):
            await ledger.transact(lambda unit: begin(unit, ledger, charge.charge_id))
        started = await ledger.store.cards.charge(charge.charge_id)
        if started is not None and started.status == "charging" and started.payment_id is not None:
            await _ask_stripe(ledger, gateway, started.payment_id)
            await ledger.transact(lambda unit: end(unit, ledger, terms, charge.charge_id))
    except GatewayUnavailable:
        raise
    except BusinessError as error:
        log.warning("card-charge-not-made", charge_id=charge.charge_id, code=error.code)
    except Exception:
        log.exception("card-charge-not-made", charge_id=charge.charge_id)


async def _ask_stripe(ledger: PaymentLedger, gateway: Gateway, payment_id: str) -> None:
    payment = await ledger.store.payments.payment(payment_id)
    if payment.status == "pending":
        answer = await start_card.ask_stripe(ledger, gateway, payment_id)
        await ledger.transact(lambda unit: charge_card.record(unit, ledger, payment_id, answer))


async def begin(unit: Unit, ledger: PaymentLedger, charge_id: str) -> None:
    """Enters the attempt and its payment, for what is still open of the instalment.

    For nothing, or when the consent ended or another card took this one's place, the charge is over.
    """
    store, now = ledger.store, ledger.clock()
    charge = await store.cards.charge(charge_id, unit)
    if charge is None or charge.status not in ("announced", "waiting"):
        return
    card = await store.cards.active_card(unit, charge.clinic_id, charge.patient_id)
    invoice = await store.replicas.claim_invoice(unit, charge.invoice_id)
    payments = await store.payments.of_invoices(unit, charge.invoice_id)
    open_ = _open(charge, invoice, payments)
    if card is None or card.card_id != charge.card_id or open_ is None:
        await _put(unit, ledger, drop(charge, ledger.change(PLAN)), None)
    elif any(_is_on_its_way(payment, now) for payment in payments):
        await store.cards.put_off_charge(unit, charge_id, now + WAIT_FOR_OTHERS)
    else:
        change = ledger.change(PLAN)
        outcome = start(charge, open_, change)
        await _put(unit, ledger, outcome, now)
        await ledger.begin(unit, intend_card(_command(outcome.state, card), outcome.state.payment_id or "", change))


def _open(charge: CardCharge, invoice: Invoice | None, payments: list[Payment]) -> Money | None:
    """What is left of the instalment now; None for nothing.

    What a card cannot be charged of it, less than a step of its currency, stays open.
    """
    if invoice is None or invoice.status != "finalized":
        return None
    for part in parts_left(invoice, payments):
        if (part.number, part.due_on) == (charge.instalment, charge.due_on):
            left = chargeable_part(part.amount)
            return left if left.amount_minor > 0 else None
    return None


def _is_on_its_way(payment: Payment, now: datetime) -> bool:
    """Somebody is paying this invoice by card at this moment, so it may be about to be settled."""
    return payment.method == "card" and payment.status == "pending" and now - payment.received_at < OTHERS_MAY_TAKE


def _command(charge: CardCharge, card: CardOnFile) -> ChargeCard:
    method = "" if card.details is None else card.details.payment_method_id
    return ChargeCard(
        clinic_id=charge.clinic_id,
        patient_id=charge.patient_id,
        invoice_id=charge.invoice_id,
        amount=charge.amount,
        allow_credit=False,
        on_file=OnFile(card.card_id, card.customer_id or "", method),
    )


async def end(unit: Unit, ledger: PaymentLedger, terms: ChargeTerms, charge_id: str) -> None:
    """Enters what the attempt's payment came to."""
    store, now = ledger.store, ledger.clock()
    charge = await store.cards.charge(charge_id, unit)
    if charge is None or charge.status != "charging" or charge.payment_id is None:
        return
    payment = await store.payments.payment(charge.payment_id, unit)
    settings = await store.payment_policy.of(charge.clinic_id, unit)
    retry_on = None
    if not is_hard(payment.failure):
        today, working = settings.calendar.local_date(now), terms.working_days(settings.calendar)
        retry_on = next_day(charge.first_on, today, charge.attempts, settings.retry_days, working)
    outcome = conclude(charge, payment, retry_on, ledger.change(PLAN))
    if outcome.state != charge:
        waits = outcome.state.status == "waiting"
        due_at = terms.moment(settings.calendar, outcome.state.charge_on) if waits else None
        await _put(unit, ledger, outcome, due_at)


async def _put(unit: Unit, ledger: PaymentLedger, outcome: CardChargeOutcome, due_at: datetime | None) -> None:
    await ledger.store.cards.save_charge(unit, outcome.events, due_at)
    publish(unit, outcome.events)
