"""Webhooks: kept as they came, answered at once, worked off later.

An event only says that there is news: what it is about is fetched again, so the order of events does not matter.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import assert_never

import structlog

from chassis.messaging.outbox import Unit
from kernel.errors import NotFound
from payments.domain.cards.webhook import NewsSubject, StoredWebhook, StripeEvent, WebhookOutcome, next_attempt_at
from payments.usecases.cards.charge_card import learn
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.payouts import check_payouts
from payments.usecases.ports import Gateway, GatewayUnavailable, Opened

log = structlog.get_logger(__name__)
PAGE = 100


async def keep(ledger: PaymentLedger, event: StripeEvent) -> bool:
    """Stores a verified event under its id; False when it is there already. One about nothing of ours is only kept."""
    return await ledger.store.webhooks.add(event, ledger.clock())


async def work_off(ledger: PaymentLedger, gateway: Gateway) -> bool:
    """Works off some of the events that wait; False when none did. Raises GatewayUnavailable."""
    webhooks = sorted(await ledger.store.webhooks.due(ledger.clock(), PAGE), key=_subject)
    for _, group in groupby(webhooks, key=_subject):
        await _process_or_put_off(ledger, gateway, list(group))
    return bool(webhooks)


def _subject(webhook: StoredWebhook) -> tuple[str, str]:
    return webhook.about.kind, webhook.about.id


async def _process_or_put_off(ledger: PaymentLedger, gateway: Gateway, webhooks: Sequence[StoredWebhook]) -> None:
    """Many events of one thing are one look at it. What is wrong with one does not keep the others."""
    about = webhooks[0].about
    try:
        await process(ledger, gateway, about, webhooks)
    except GatewayUnavailable:
        await _put_off(ledger, webhooks)
        raise
    except Exception:
        log.exception("webhook-not-worked-off", about=about.id)
        await _put_off(ledger, webhooks)


async def process(
    ledger: PaymentLedger, gateway: Gateway, about: NewsSubject, webhooks: Sequence[StoredWebhook] = ()
) -> None:
    """Looks at it, and enters what has become of it; these events are done with that. Raises GatewayUnavailable."""
    known: Opened | None
    match about.kind:
        case "intent":
            known = await gateway.look(about.id)
        case "checkout":
            known = await gateway.look_at_page(about.id)
        case "payout":
            await check_payouts.enter(ledger, gateway, about.id)
            await ledger.store.webhooks.finish(webhooks, "done", None, ledger.clock())
            return
        case _:
            assert_never(about.kind)
    await ledger.transact(lambda unit: _enter(unit, ledger, known, webhooks))


async def process_listed(ledger: PaymentLedger, gateway: Gateway, about: NewsSubject) -> None:
    """The same for what no event came of. What is wrong with it waits among the events, and keeps nothing else."""
    try:
        await process(ledger, gateway, about)
    except GatewayUnavailable:
        raise
    except Exception:
        log.exception("listed-not-worked-off", about=about.id)
        await ledger.store.webhooks.put(StripeEvent.found(about), ledger.clock())


async def _enter(unit: Unit, ledger: PaymentLedger, known: Opened | None, webhooks: Sequence[StoredWebhook]) -> None:
    outcome: WebhookOutcome = "ignored"
    payment_id = None if known is None else known.snapshot.payment_id
    if known is not None and payment_id is not None:
        try:
            await learn(unit, ledger, payment_id, known.snapshot, webhooks[-1].event_id if webhooks else None)
            outcome = "done"
        except NotFound:
            log.info("webhook-of-another-system", payment_id=payment_id)
    await ledger.store.webhooks.finish(webhooks, outcome, payment_id, ledger.clock(), unit)


async def _put_off(ledger: PaymentLedger, webhooks: Sequence[StoredWebhook]) -> None:
    attempts = max(webhook.attempts for webhook in webhooks) + 1
    await ledger.store.webhooks.put_off(webhooks, next_attempt_at(ledger.clock(), attempts), attempts)
