"""Money goes back: asked for by one person and, above the clinic's limit, decided by a second one."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response

from chassis.failpoints import crossing
from chassis.http.auth import BillingManager, Principal
from chassis.http.idempotency import Answer, IdempotencyKey, RequestKey
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from contracts import payments as wire
from payments.api.dependencies import Dependencies, Deps
from payments.api.examples.refunds import APPROVED, AWAITING_APPROVAL, REFUNDED, REJECTED
from payments.api.parameters import PaymentPath, RefundPath
from payments.api.payments import seen_payment
from payments.api.responses import answers
from payments.api.schemas.refunds import ApprovalRequest, RefundRequest, RejectionRequest
from payments.domain.cards.stripe_snapshot import SeenRefund
from payments.domain.intake.payment import Failure, Payment
from payments.domain.intake.refunds import entry_of
from payments.publishing import wire_payment
from payments.usecases.intake import refund_payment

REFUNDS = "/payments/{payment_id}/refunds"
Intend = Callable[[Unit], Awaitable[str]]
routes = APIRouter(tags=["refunds"])


@routes.post(
    REFUNDS,
    status_code=201,
    response_model=wire.Payment,
    summary="Give money back",
    responses={
        **answers(REFUNDED, 201, "it went back, or to a card is on its way"),
        202: {
            "model": wire.Payment,
            "description": "above the limit: it awaits a second person",
            "content": {"application/json": {"example": AWAITING_APPROVAL}},
        },
        **problems(
            {
                404: ["not-found"],
                409: ["illegal-transition", "register-not-open", "changed-meanwhile"],
                422: [
                    "amount-not-positive",
                    "currency-differs",
                    "amount-not-chargeable",
                    "refund-too-high",
                    "too-little-for-cash",
                    "register-required",
                    "register-not-used",
                ],
                503: ["stripe-unavailable"],
            }
        ),
    },
)
async def give_back(
    deps: Deps, payment_id: PaymentPath, body: RefundRequest, caller: BillingManager, key: IdempotencyKey
) -> Response:
    """Gives money back by the way it was paid: a cash refund names its register; a card's goes through Stripe.

    For billing managers. Cash and transfers count as gone when this is answered; a card's refund is `pending` until
    Stripe has answered. Above the clinic's limit (see its payment settings) nothing goes back before a second billing
    manager approves: the amount is only reserved, and the answer is 202. No more goes back than what is left.
    """
    command = body.command(payment_id)
    return await _refunded(
        deps,
        payment_id,
        caller,
        key,
        lambda unit: refund_payment.intend(unit, deps.ledger, command, deps.change(caller, body.reason)),
        201,
    )


@routes.post(
    f"{REFUNDS}/{{refund_id}}/approve",
    response_model=wire.Payment,
    summary="Approve a refund",
    responses={
        **answers(APPROVED, 200, "it went back, or to a card is on its way"),
        **problems(
            {
                403: ["maker-is-checker"],
                404: ["not-found"],
                409: ["illegal-transition", "register-not-open", "changed-meanwhile"],
                422: ["refund-too-high", "register-not-used", "currency-differs"],
                503: ["stripe-unavailable"],
            }
        ),
    },
)
async def approve(
    deps: Deps,
    payment_id: PaymentPath,
    refund_id: RefundPath,
    body: ApprovalRequest,
    caller: BillingManager,
    key: IdempotencyKey,
) -> Response:
    """A second person agrees, and the money goes back as a refund that needs nobody else does.

    For a billing manager who is not the one who asked for it. Cash may come out of another open register than was
    asked for. A refund that is decided, or that never waited, is refused.
    """
    command = body.command(payment_id, refund_id)
    return await _refunded(
        deps,
        payment_id,
        caller,
        key,
        lambda unit: refund_payment.decide(unit, deps.ledger, command, deps.change(caller, body.reason), approved=True),
        200,
    )


@routes.post(
    f"{REFUNDS}/{{refund_id}}/reject",
    response_model=wire.Payment,
    summary="Reject a refund",
    responses={
        **answers(REJECTED, 200, "nothing goes back"),
        **problems(
            {
                403: ["maker-is-checker"],
                404: ["not-found"],
                409: ["illegal-transition", "changed-meanwhile"],
            }
        ),
    },
)
async def reject(
    deps: Deps,
    payment_id: PaymentPath,
    refund_id: RefundPath,
    body: RejectionRequest,
    caller: BillingManager,
    key: IdempotencyKey,
) -> Response:
    """A second person does not agree: nothing goes back, and nothing is reserved any more.

    For a billing manager who is not the one who asked for it.
    """
    await seen_payment(deps, payment_id, caller)
    command = body.command(payment_id, refund_id)

    async def work(unit: Unit) -> Answer:
        await refund_payment.decide(unit, deps.ledger, command, deps.change(caller, body.reason), approved=False)
        payment = await deps.ledger.store.payments.payment(payment_id, unit)
        return Answer.of(payment.clinic_id, wire_payment(payment))

    return (await deps.idempotency.once(key, work)).response()


async def _refunded(
    deps: Dependencies, payment_id: str, caller: Principal, key: RequestKey, intend: Intend, done: int
) -> Response:
    """Recorded, Stripe asked where it is a card's, and the answer recorded; `done`: the status where nobody waits."""
    seen = await seen_payment(deps, payment_id, caller)

    async def record(unit: Unit, refund_id: str, answer: SeenRefund | Failure | None) -> Answer:
        return _answer(await refund_payment.record(unit, deps.ledger, payment_id, refund_id, answer), refund_id, done)

    answer = await deps.idempotency.once_around(
        key,
        seen.clinic_id,
        intend=intend,
        act=lambda refund_id: refund_payment.ask_stripe(deps.ledger, deps.gateway, payment_id, refund_id),
        record=record,
    )
    crossing("refunds-after-record")
    return answer.response()


def _answer(payment: Payment, refund_id: str, done: int) -> Answer:
    waits = entry_of(payment, refund_id).status == "awaiting_approval"
    headers = {"Location": f"/payments/{payment.payment_id}"}
    return Answer.of(payment.clinic_id, wire_payment(payment), 202 if waits else done, headers)
