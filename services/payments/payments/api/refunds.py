"""Money goes back: asked for by one person and, above the clinic's limit, decided by a second one."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response

from chassis.failpoints import crossing
from chassis.http.auth import BillingManager, Principal
from chassis.http.idempotency import Answer, IdempotencyKey, RequestKey
from chassis.messaging.outbox import Unit
from contracts import payments as wire
from contracts.values import Id
from payments.api.asking import asking_stripe
from payments.api.desk import Desk
from payments.api.schemas.payments import ApprovalRequest, RefundRequest, RejectionRequest
from payments.domain.cards.stripe_snapshot import SeenRefund
from payments.domain.intake.payment import Failure, Payment
from payments.domain.intake.refunds import entry_of
from payments.publishing import wire_payment
from payments.usecases.intake import refund_payment

REFUNDS = "/payments/{payment_id}/refunds"
Intend = Callable[[Unit], Awaitable[str]]


def refunds(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""
    ledger = desk.ledger

    @routes.post(
        REFUNDS,
        status_code=201,
        response_model=wire.Payment,
        responses={202: {"model": wire.Payment, "description": "above the limit: it awaits a second person"}},
    )
    async def give_back(payment_id: Id, body: RefundRequest, caller: BillingManager, key: IdempotencyKey) -> Response:
        """Gives money back by the way it was paid: a cash refund names its register; a card's goes through Stripe.

        Above the clinic's limit nothing goes back before a second person approves.
        """
        command = body.command(payment_id, caller.actor())
        return await _around(payment_id, caller, key, lambda unit: refund_payment.intend(unit, ledger, command), 201)

    @routes.post(f"{REFUNDS}/{{refund_id}}/approve", response_model=wire.Payment)
    async def approve(
        payment_id: Id, refund_id: Id, body: ApprovalRequest, caller: BillingManager, key: IdempotencyKey
    ) -> Response:
        """Another billing manager than who asked for it agrees: the money goes back."""
        command = body.command(payment_id, refund_id, caller.actor())
        return await _around(
            payment_id, caller, key, lambda unit: refund_payment.decide(unit, ledger, command, approved=True), 200
        )

    @routes.post(f"{REFUNDS}/{{refund_id}}/reject", response_model=wire.Payment)
    async def reject(
        payment_id: Id, refund_id: Id, body: RejectionRequest, caller: BillingManager, key: IdempotencyKey
    ) -> Response:
        """Another billing manager than who asked for it does not agree: nothing goes back."""
        await _enter(payment_id, caller)
        command = body.command(payment_id, refund_id, caller.actor())

        async def work(unit: Unit) -> Answer:
            await refund_payment.decide(unit, ledger, command, approved=False)
            return Answer.of(wire_payment(await ledger.store.payments.payment(payment_id, unit)))

        return (await desk.idempotency.once(key, work)).response()

    async def _around(payment_id: str, caller: Principal, key: RequestKey, intend: Intend, done: int) -> Response:
        """Recorded, Stripe asked where it is a card's, and the answer recorded."""
        await _enter(payment_id, caller)

        async def record(unit: Unit, refund_id: str, answer: SeenRefund | Failure | None) -> Answer:
            return _answer(await refund_payment.record(unit, ledger, payment_id, refund_id, answer), refund_id, done)

        with asking_stripe():
            answer = await desk.idempotency.once_around(
                key,
                intend=intend,
                act=lambda refund_id: refund_payment.ask_stripe(ledger, desk.gateway, payment_id, refund_id),
                record=record,
            )
        crossing("refunds-after-record")
        return answer.response()

    async def _enter(payment_id: str, caller: Principal) -> None:
        caller.enter((await ledger.store.payments.payment(payment_id)).clinic_id)


def _answer(payment: Payment, refund_id: str, done: int) -> Answer:
    waits = entry_of(payment, refund_id).status == "awaiting_approval"
    return Answer.of(wire_payment(payment), 202 if waits else done, {"Location": f"/payments/{payment.payment_id}"})
