"""Looks after cards on file: whether one was entered, what it is to be charged for, and that Stripe lets go of it."""

from datetime import date, datetime, timedelta

import structlog

from chassis.messaging.outbox import Unit
from kernel.actor import system
from kernel.errors import BusinessError
from payments.domain.cards.stripe_snapshot import STRIPE
from payments.domain.cards_on_file.card_charge import CardCharge, announce, charge_id_of
from payments.domain.cards_on_file.card_on_file import CardOnFile, observe_setup, release, took_too_long
from payments.domain.cards_on_file.schedule import first_day
from payments.domain.intake.open_items import Instalment, Invoice, parts_left
from payments.publishing import publish
from payments.usecases.cards_on_file import keep_card
from payments.usecases.cards_on_file.charge_terms import ChargeTerms
from payments.usecases.cards_on_file.keep_card import enter_card
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import CardGateway, GatewayUnavailable

log = structlog.get_logger(__name__)
PAGE = 20
RETRY_AFTER = timedelta(minutes=10)
PLAN = system("card-on-file")


async def follow_up(ledger: PaymentLedger, gateway: CardGateway, terms: ChargeTerms) -> bool:
    """Looks at some of the cards that are due; False when none was. Raises GatewayUnavailable."""
    now = ledger.clock()
    due = await ledger.store.cards.due_cards(now, PAGE)
    for card in due:
        await ledger.store.cards.look_again_at_card(card.card_id, _next_look(card, now, terms))
        await _look(ledger, gateway, terms, card)
    return bool(due)


def _next_look(card: CardOnFile, now: datetime, terms: ChargeTerms) -> datetime:
    """The longer nobody enters the card, the less often Stripe is asked; what is active is looked at now and then."""
    if card.status == "pending":
        return now + min(max((now - card.created_at) / 4, keep_card.LOOK_AGAIN_AFTER), RETRY_AFTER)
    return now + (terms.plan_every if card.status == "active" else RETRY_AFTER)


async def _look(ledger: PaymentLedger, gateway: CardGateway, terms: ChargeTerms, card: CardOnFile) -> None:
    """What is wrong with one card does not keep the others."""
    try:
        if card.status == "active":
            await ledger.transact(lambda unit: plan(unit, ledger, terms, card.card_id))
        elif card.setup_intent_id is None:
            await _go_on(ledger, gateway, card)
        elif card.details is None:
            await _learn(ledger, gateway, terms, card)
        elif card.to_release:
            await _release(ledger, gateway, card)
        else:
            await ledger.store.cards.forget_card(card.card_id)
    except GatewayUnavailable:
        raise
    except BusinessError as error:
        log.warning("card-on-file-not-followed", card_id=card.card_id, code=error.code)
    except Exception:
        log.exception("card-on-file-not-followed", card_id=card.card_id)


async def _go_on(ledger: PaymentLedger, gateway: CardGateway, card: CardOnFile) -> None:
    """A crash came between the consent and Stripe. Of one that was revoked before, Stripe never hears."""
    if card.status == "pending":
        answer = await keep_card.ask_stripe(ledger, gateway, card.card_id)
        await ledger.transact(lambda unit: keep_card.record(unit, ledger, card.card_id, answer))
    else:
        await ledger.store.cards.forget_card(card.card_id)


async def _learn(ledger: PaymentLedger, gateway: CardGateway, terms: ChargeTerms, card: CardOnFile) -> None:
    """Whether a card was entered. Of a setup that took too long, or was revoked, none can be entered any more."""
    setup_id = card.setup_intent_id or ""
    if card.status == "revoked" or took_too_long(card, ledger.clock()):
        await gateway.abandon(setup_id)
    seen = await gateway.look_at_setup(setup_id)
    if seen is None or seen.status == "open":
        return

    async def enter(unit: Unit) -> None:
        before, change = await ledger.store.cards.card(card.card_id, unit), ledger.change(STRIPE)
        outcome = observe_setup(before, seen, change)
        if outcome.state.to_release and outcome.state.details is None:
            outcome = outcome.then(lambda after: release(after, change))
        goes_on = outcome.state.status == "active" or outcome.state.to_release
        await enter_card(unit, ledger, outcome, change.at if goes_on else None)

    await ledger.transact(enter)


async def _release(ledger: PaymentLedger, gateway: CardGateway, card: CardOnFile) -> None:
    if card.details is not None:
        await gateway.release(card.details.payment_method_id)

    async def enter(unit: Unit) -> None:
        before = await ledger.store.cards.card(card.card_id, unit)
        await enter_card(unit, ledger, release(before, ledger.change(STRIPE)), None)

    await ledger.transact(enter)


async def plan(unit: Unit, ledger: PaymentLedger, terms: ChargeTerms, card_id: str) -> list[CardCharge]:
    """Announces every instalment of the patient that falls due soon and was not announced yet."""
    store = ledger.store
    card = await store.cards.card(card_id, unit)
    if card.status != "active" or await store.cards.active_card(unit, card.clinic_id, card.patient_id) != card:
        return []
    settings = await store.payment_policy.of(card.clinic_id, unit)
    change = ledger.change(PLAN)
    today = settings.calendar.local_date(change.at)
    is_working_day = terms.working_days(settings.calendar)
    wanted = await _due_parts(unit, ledger, card, today + terms.notice)
    known = await store.cards.known_charges(unit, [charge_id_of(card_id, i.invoice_id, part) for i, part, _ in wanted])
    made: list[CardCharge] = []
    for invoice, part, due_on in wanted:
        if charge_id_of(card_id, invoice.invoice_id, part) in known:
            continue
        on = first_day(due_on, today, terms.notice.days, is_working_day)
        outcome = announce(card, invoice, part, due_on, on, change)
        await store.cards.save_charge(unit, outcome.events, terms.moment(settings.calendar, on))
        publish(unit, outcome.events)
        made.append(outcome.state)
    return made


async def _due_parts(
    unit: Unit, ledger: PaymentLedger, card: CardOnFile, until: date
) -> list[tuple[Invoice, Instalment, date]]:
    """Of invoices with a plan only: who agreed on no instalments pays of their own accord."""
    found: list[tuple[Invoice, Instalment, date]] = []
    for invoice in await ledger.store.replicas.open_invoices_of(unit, card.clinic_id, card.patient_id):
        if not invoice.instalments:
            continue
        payments = await ledger.store.payments.of_invoices(unit, invoice.invoice_id)
        found += [
            (invoice, part, part.due_on)
            for part in parts_left(invoice, payments)
            if part.due_on is not None and part.due_on <= until
        ]
    return found
