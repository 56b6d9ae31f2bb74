"""The end of every command about a payment: its new state, its events, and when to ask Stripe, in one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from chassis.messaging.outbox import Outbox, Unit
from chassis.messaging.owners import Owners
from kernel.actor import Actor
from kernel.change import Change
from kernel.clock import Clock, utc_now
from payments.domain.cards.cancellation import is_canceling
from payments.domain.cards.stripe_snapshot import awaits_news
from payments.domain.intake.lifecycle import PaymentOutcome
from payments.domain.intake.payment import Payment
from payments.domain.intake.refunds import went_back, with_receipts
from payments.publishing import publish
from payments.store import Store
from payments.usecases.intake.beside_cards import Begun, beside_cards

T = TypeVar("T")
ASK_AT_LEAST_EVERY = timedelta(hours=1)
ASK_FOR = timedelta(days=180)
EXPIRES_AFTER = timedelta(days=1)
CANCEL_AFTER = timedelta(seconds=1)
"""Whoever asked for it has the first turn."""


class PaymentLedger:
    """Where payments are entered. `ask_after`: how long news of a card payment may take before Stripe is asked.

    `card_expires_after`: what no card has paid by then is canceled.
    """

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        ask_after: timedelta,
        clock: Clock = utc_now,
        card_expires_after: timedelta = EXPIRES_AFTER,
    ) -> None:
        self.card_expires_after = card_expires_after
        self.store = store
        self.clock = clock
        self._outbox = outbox
        self._ask_after = ask_after

    def change(self, by: Actor, reason: str | None = None) -> Change:
        """A change by this actor, now."""
        return Change(self.clock(), by, reason)

    async def transact(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """For what no request waits for. Raises what `work` raises, and DriverError."""
        return await self._outbox.transact(work)

    async def begin(self, unit: Unit, outcome: PaymentOutcome) -> Payment:
        """Enters a payment that is new."""
        return (await self.begin_all(unit, [(outcome, None)]))[0]

    async def begin_all(self, unit: Unit, begun: Sequence[Begun]) -> list[Payment]:
        """Enters payments that are new, each with the id of what it is a consequence of.

        Card payments of the same invoices that are not decided yet, and may not be paid beside these, give way.
        """
        begun, gave_way = await beside_cards(unit, self.store, begun)
        await self.store.payments.save(unit, [(outcome.events, source_id) for outcome, source_id in begun])
        entered = [await self._entered(unit, outcome) for outcome, _ in begun]
        for before, outcome in gave_way:
            await self.proceed(unit, before, outcome)
        return entered

    async def proceed(
        self, unit: Unit, before: Payment, outcome: PaymentOutcome, source_id: str | None = None
    ) -> Payment:
        """Enters what became of a payment, if anything did; `source_id`: what it is a consequence of.

        Each refund whose money went draws the number of its receipt here, whichever way it went.
        Raises Conflict when somebody else was faster. A payment stays with its patient, whoever says otherwise:
        BusinessError.
        """
        if outcome.state == before:
            return before
        owners = Owners({before.payment_id: (before.clinic_id, before.patient_id)})
        owners.demand_same(outcome.state.payment_id, (outcome.state.clinic_id, outcome.state.patient_id))
        refunds = went_back(before, outcome.state)
        if refunds:
            drawn = await self.store.receipts.draw(unit, before.clinic_id, len(refunds))
            outcome = with_receipts(outcome, dict(zip(refunds, drawn, strict=True)))
        await self.store.payments.save(unit, [(outcome.events, source_id)])
        return await self._entered(unit, outcome)

    def ask_again_at(self, since: datetime) -> datetime:
        """The longer there is no news, the less often Stripe is asked."""
        now = self.clock()
        return now + min(max((now - since) / 4, self._ask_after), ASK_AT_LEAST_EVERY)

    async def _entered(self, unit: Unit, outcome: PaymentOutcome) -> Payment:
        publish(unit, outcome.events)
        payment = outcome.state
        if awaits_news(payment):
            now = self.clock()
            wait = min(self._ask_after, CANCEL_AFTER) if is_canceling(payment) else self._ask_after
            await self.store.watches.begin(unit, payment.payment_id, now, now + wait)
        elif payment.method == "card":
            await self.store.watches.end(unit, payment.payment_id)
        return payment
