"""Payments over the desk and by card, refunds, and what Stripe says."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from chassis.database.paging import Filter, Page, Paging
from chassis.failpoints import crossing
from chassis.http.auth import FrontDesk, Principal, Reader
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.journal.views import RevisionView, history
from chassis.messaging.outbox import Unit
from contracts import payments as wire
from contracts.values import Id
from payments.api.asking import asking_stripe
from payments.api.desk import Desk
from payments.api.schemas.payments import CardPayment, CardPaymentRequest, CheckoutLink, PaymentRequest, Received
from payments.domain.intake.payment import Failure, Payment
from payments.publishing import wire_payment
from payments.store.payments import NEWEST_FIRST, payment_of
from payments.usecases.cards import cancel_card, charge_card, process_webhooks
from payments.usecases.intake.take_payment import amount_of, take_payment
from payments.usecases.ports import Opened


def _wanted(
    caller: Reader,
    clinic_id: Annotated[Id | None, Query()] = None,
    patient_id: Annotated[Id | None, Query()] = None,
    invoice_id: Annotated[Id | None, Query()] = None,
    method: Annotated[wire.PaymentMethod | None, Query()] = None,
    status: Annotated[wire.PaymentStatus | None, Query()] = None,
    awaiting_approval: Annotated[bool, Query(description="only with a refund that awaits a second person")] = False,
    refund_unseen: Annotated[
        bool, Query(description="only with a refund by transfer that no bank has told of")
    ] = False,
) -> Filter:
    """Dependency: what the caller asks for, of what he may see."""
    if clinic_id is not None:
        caller.enter(clinic_id)
    visible = caller.visible_clinics() if clinic_id is None else [clinic_id]
    waits = True if awaiting_approval else None
    given = {"patient_id": patient_id, "invoice_id": invoice_id, "method": method, "status": status,
             "awaits_approval": waits, "refund_unseen": True if refund_unseen else None}  # fmt: skip
    chosen: Filter = {name: value for name, value in given.items() if value is not None}
    return chosen if visible is None else {"clinic_id": {"$in": visible}, **chosen}


def payments(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""
    ledger = desk.ledger

    @routes.post("/payments", status_code=201, response_model=wire.Payment)
    async def take(body: PaymentRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """Cash or a bank transfer that was received; the answer has the receipt number, and the change."""
        caller.enter(body.clinic_id)

        async def work(unit: Unit) -> Answer:
            amount = await amount_of(unit, ledger, body.claim())
            return _created(await take_payment(unit, ledger, body.command(amount, caller.actor())))

        return (await desk.idempotency.once(key, work)).response()

    @routes.get("/payments")
    async def find(wanted: Annotated[Filter, Depends(_wanted)], page: Paging) -> Page[wire.Payment]:
        """Newest first."""
        rows = await ledger.store.payments.find(wanted, page)
        return NEWEST_FIRST.page(rows, page, lambda row: wire_payment(payment_of(row)))

    @routes.get("/payments/{payment_id}")
    async def show(payment_id: Id, caller: Reader) -> wire.Payment:
        """One payment with its refunds."""
        return wire_payment(await _seen(payment_id, caller))

    @routes.get("/payments/{payment_id}/revisions")
    async def revisions(payment_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        """Every change, field by field; also what is told to nobody."""
        payment = await _seen(payment_id, caller)
        return await history(ledger.store.revisions, payment_id, payment.version, paging)

    @routes.post("/card-payments", status_code=201, response_model=CardPayment)
    async def charge(body: CardPaymentRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """Starts a card payment. The card is entered in the browser with the client secret or, far away, by a link.

        A card on file is charged at once: the answer says what came of it.
        """
        caller.enter(body.clinic_id)

        async def intend(unit: Unit) -> str:
            amount = await amount_of(unit, ledger, body.claim())
            return await charge_card.intend(unit, ledger, body.command(amount, caller.actor()))

        async def record(unit: Unit, payment_id: str, answer: Opened | Failure) -> Answer:
            payment = await charge_card.record(unit, ledger, payment_id, answer)
            secret = answer.client_secret if isinstance(answer, Opened) else None
            started = CardPayment(
                payment=wire_payment(payment), client_secret=secret, checkout=CheckoutLink.of(payment)
            )
            return Answer.of(started, 201, _location(payment_id))

        with asking_stripe():
            answer = await desk.idempotency.once_around(
                key,
                intend=intend,
                act=lambda payment_id: charge_card.ask_stripe(ledger, desk.gateway, payment_id),
                record=record,
            )
        crossing("payments-after-record")
        return answer.response()

    @routes.post("/card-payments/{payment_id}/cancel", response_model=wire.Payment)
    async def cancel(payment_id: Id, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """Takes no card any more. If a card was faster, the payment is settled; while its bank is asked, it waits."""
        await _seen(payment_id, caller)

        async def record(unit: Unit, _: str, answer: Opened | Failure | None) -> Answer:
            return Answer.of(wire_payment(await cancel_card.record(unit, ledger, payment_id, answer)))

        with asking_stripe():
            answer = await desk.idempotency.once_around(
                key,
                intend=lambda unit: cancel_card.intend(unit, ledger, payment_id, "canceled", caller.actor()),
                act=lambda _: cancel_card.ask_stripe(ledger, desk.gateway, payment_id),
                record=record,
            )
        crossing("cancels-after-record")
        return answer.response()

    @routes.post("/stripe/webhook")
    async def hear(
        request: Request, signature: Annotated[str | None, Header(alias="Stripe-Signature")] = None
    ) -> Received:
        """For Stripe only: a signed event is kept and answered at once."""
        body = await request.body()
        event = desk.gateway.verified(body, signature)
        if await process_webhooks.keep(ledger, event):
            desk.webhook_kept()
        return Received()

    async def _seen(payment_id: str, caller: Principal) -> Payment:
        payment = await ledger.store.payments.payment(payment_id)
        caller.enter(payment.clinic_id)
        return payment


def _created(payment: Payment) -> Answer:
    return Answer.of(wire_payment(payment), 201, _location(payment.payment_id))


def _location(payment_id: str) -> dict[str, str]:
    return {"Location": f"/payments/{payment_id}"}
