"""Card payments: started at the desk, by a link or with a card on file, and canceled."""

from fastapi import APIRouter, Response

from chassis.failpoints import crossing
from chassis.http.auth import FrontDesk
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from contracts import payments as wire
from payments.api.dependencies import Deps
from payments.api.examples.card_payments import CARD_CANCELED, CARD_PAYMENT_STARTED
from payments.api.parameters import PaymentPath
from payments.api.payments import seen_payment
from payments.api.responses import INVOICE_CLOSED, INVOICE_DIFFERS, answers
from payments.api.schemas.card_payments import CardPayment, CardPaymentRequest, CheckoutLink
from payments.domain.intake.payment import Failure
from payments.publishing import wire_payment
from payments.usecases.cards import cancel_card, charge_card, start_card
from payments.usecases.intake.take_payment import amount_of
from payments.usecases.ports import Opened

routes = APIRouter(tags=["card payments"])


@routes.post(
    "/card-payments",
    status_code=201,
    response_model=CardPayment,
    summary="Start a card payment",
    responses={
        **answers(CARD_PAYMENT_STARTED, 201, "started: `next_step` of the payment says what it waits for"),
        **problems(
            {
                404: ["not-found"],
                409: ["card-not-active", "nothing-due", "changed-meanwhile", *INVOICE_CLOSED],
                422: ["amount-not-positive", "amount-not-chargeable", "card-unknown", *INVOICE_DIFFERS],
                503: ["stripe-unavailable"],
            }
        ),
    },
)
async def charge(deps: Deps, body: CardPaymentRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
    """Starts a payment by card. No card number is ever sent here: a body with an unknown field is refused.

    For the front desk and billing managers. There are three ways: the card is entered in the browser with the
    `client_secret`; with `checkout` the patient gets a link to Stripe's page; with `card_on_file` a card that the
    patient agreed to have kept is charged at once, and the answer says what came of it. A card that was declined is
    no refusal: the payment is `failed`, and its `failure` says why.

    For an invoice one card payment is under way at a time: a new one takes the place of those that nobody has paid yet,
    whose links and cards then pay no more (`replaced_by`). One that was paid meanwhile, or whose bank is being asked,
    wins: then the new one is `canceled`, and its `failure` is `paid-otherwise` or `under-way`.

    After 503 send the same request with the same
    Idempotency-Key again: nothing is charged twice.
    """
    caller.enter(body.clinic_id)

    async def intend(unit: Unit) -> str:
        amount = await amount_of(unit, deps.ledger, body.claim())
        return await charge_card.intend(unit, deps.ledger, body.command(amount), deps.change(caller))

    async def record(unit: Unit, payment_id: str, answer: Opened | Failure) -> Answer:
        payment = await charge_card.record(unit, deps.ledger, payment_id, answer)
        secret = answer.client_secret if isinstance(answer, Opened) else None
        started = CardPayment(payment=wire_payment(payment), client_secret=secret, checkout=CheckoutLink.of(payment))
        return Answer.of(payment.clinic_id, started, 201, {"Location": f"/payments/{payment_id}"})

    answer = await deps.idempotency.once_around(
        key,
        body.clinic_id,
        intend=intend,
        act=lambda payment_id: start_card.ask_stripe(deps.ledger, deps.gateway, payment_id),
        record=record,
    )
    crossing("payments-after-record")
    return answer.response()


@routes.post(
    "/card-payments/{payment_id}/cancel",
    response_model=wire.Payment,
    summary="Cancel a card payment",
    responses={
        **answers(CARD_CANCELED, 200, "what became of it"),
        **problems({404: ["not-found"], 409: ["illegal-transition", "changed-meanwhile"], 503: ["stripe-unavailable"]}),
    },
)
async def cancel(deps: Deps, payment_id: PaymentPath, caller: FrontDesk, key: IdempotencyKey) -> Response:
    """Takes no card any more. If a card was faster, the answer is the settled payment.

    For the front desk and billing managers. While the card's bank is being asked Stripe cancels nothing: the payment
    stays as it is, `cancel_requested_at` says that it is to be canceled, and it is once the bank has answered. A
    payment that is decided is not canceled: give its money back with a refund.
    """
    seen = await seen_payment(deps, payment_id, caller)

    async def record(unit: Unit, _: str, answer: Opened | Failure | None) -> Answer:
        payment = await cancel_card.record(unit, deps.ledger, payment_id, answer)
        return Answer.of(payment.clinic_id, wire_payment(payment))

    answer = await deps.idempotency.once_around(
        key,
        seen.clinic_id,
        intend=lambda unit: cancel_card.intend(unit, deps.ledger, payment_id, "canceled", deps.change(caller)),
        act=lambda _: cancel_card.ask_stripe(deps.ledger, deps.gateway, payment_id),
        record=record,
    )
    crossing("cancels-after-record")
    return answer.response()
