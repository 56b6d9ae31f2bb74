"""The end of every command: the new state, its events, and when to ask Stripe about it, in one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from chassis.messaging.outbox import Outbox, Unit
from contracts import payments as wire
from kernel.clock import Clock, utc_now
from payments.domain.cards.stripe_snapshot import awaits_news
from payments.domain.cards_on_file import card_charge
from payments.domain.intake.lifecycle import UNEXPLAINED, Cause, Change, Kind
from payments.domain.intake.payment import Payment
from payments.store import Store

T = TypeVar("T")
CHARGE_EVENTS: dict[card_charge.Kind, type[wire.CardCharge]] = {
    "announced": wire.CardChargeAnnounced,
    "failed": wire.CardChargeFailed,
}
EVENTS: dict[Kind, type[wire.Payment]] = {
    "received": wire.PaymentReceived,
    "failed": wire.PaymentFailed,
    "refunded": wire.PaymentRefunded,
    "disputed": wire.PaymentDisputed,
}
ASK_AT_LEAST_EVERY = timedelta(hours=1)
ASK_FOR = timedelta(days=180)
EXPIRES_AFTER = timedelta(days=1)


def snapshot(payment: Payment) -> wire.Payment:
    """The payment as the wire and the API show it."""
    return wire.Payment.model_validate(payment, from_attributes=True)


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

    async def transact(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """For what no request waits for. Raises what `work` raises, and DriverError."""
        return await self._outbox.transact(work)

    async def begin(self, unit: Unit, change: Change, cause: Cause = UNEXPLAINED) -> Payment:
        """Enters a payment that is new."""
        return (await self.begin_all(unit, [change], [cause]))[0]

    async def begin_all(self, unit: Unit, changes: Sequence[Change], causes: Sequence[Cause]) -> list[Payment]:
        """Enters payments that are new."""
        await self.store.add(unit, list(zip(changes, causes, strict=True)))
        return [await self._entered(unit, change) for change in changes]

    async def proceed(self, unit: Unit, before: Payment, change: Change, cause: Cause = UNEXPLAINED) -> Payment:
        """Enters what became of a payment, if anything did. Raises Conflict when somebody else was faster."""
        if change.payment == before:
            return before
        await self.store.replace(unit, before, change, cause)
        return await self._entered(unit, change)

    def tell_charge(self, unit: Unit, change: card_charge.Change) -> None:
        """What is to be told of a card on file's charge, if anything is."""
        if change.told is not None:
            charge = change.charge
            event = CHARGE_EVENTS[change.told].model_validate(charge, from_attributes=True)
            unit.say(event, at=charge.changed_at)

    def ask_again_at(self, since: datetime) -> datetime:
        """The longer there is no news, the less often Stripe is asked."""
        now = self.clock()
        return now + min(max((now - since) / 4, self._ask_after), ASK_AT_LEAST_EVERY)

    async def _entered(self, unit: Unit, change: Change) -> Payment:
        for told in change.events:
            unit.say(EVENTS[told.kind].model_validate(told.payment, from_attributes=True), at=told.payment.changed_at)
        payment = change.payment
        if awaits_news(payment):
            now = self.clock()
            await self.store.watch(unit, payment.payment_id, now, now + self._ask_after)
        elif payment.method == "card":
            await self.store.unwatch(unit, payment.payment_id)
        return payment
