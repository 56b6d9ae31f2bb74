"""Payments: what is taken at the desk, however it is paid, and all payments to be read."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.openapi.models import Example

from chassis.database.paging import Page, Paging
from chassis.http.auth import FrontDesk, Principal, Reader
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.journal.views import RevisionView, history
from chassis.messaging.outbox import Unit
from contracts import payments as wire
from contracts.values import Id
from payments.api.dependencies import Dependencies, Deps
from payments.api.examples.payments import CASH, CHEQUE, PAYMENT, TERMINAL, TRANSFER
from payments.api.parameters import ClinicQuery, PatientQuery, PaymentPath, visible_clinics
from payments.api.responses import HISTORY, INVOICE_CLOSED, INVOICE_DIFFERS, UNKNOWN, a_page_of, answers
from payments.api.schemas.payments import PaymentRequest
from payments.domain.intake.payment import Payment
from payments.publishing import wire_payment
from payments.usecases.intake.take_payment import amount_of, take_payment

routes = APIRouter(tags=["payments"])
WAYS: dict[str, Example] = {
    "cash": {"summary": "cash into the open drawer of a register", "value": CASH},
    "transfer": {"summary": "a bank transfer that was received", "value": TRANSFER},
    "cheque": {"summary": "a cheque that was handed over", "value": CHEQUE},
    "terminal": {"summary": "all that is due, by a card on a terminal that is not Stripe's", "value": TERMINAL},
}


@dataclass(frozen=True)
class PaymentQuery:
    """What the caller asks for, of what they may see: `clinics` is None for every clinic there is."""

    clinics: list[str] | None
    patient_id: str | None
    invoice_id: str | None
    method: wire.PaymentMethod | None
    status: wire.PaymentStatus | None
    awaiting_approval: bool
    refund_unseen: bool


def payment_query(
    caller: Reader,
    clinic_id: ClinicQuery = None,
    patient_id: PatientQuery = None,
    invoice_id: Annotated[Id | None, Query(description="only for this invoice")] = None,
    method: Annotated[wire.PaymentMethod | None, Query(description="only paid in this way")] = None,
    status: Annotated[wire.PaymentStatus | None, Query(description="only in this state")] = None,
    awaiting_approval: Annotated[bool, Query(description="only with a refund that awaits a second person")] = False,
    refund_unseen: Annotated[
        bool, Query(description="only with a refund by transfer that no bank statement has yet")
    ] = False,
) -> PaymentQuery:
    """Dependency: what the caller asks for."""
    clinics = visible_clinics(caller, clinic_id)
    return PaymentQuery(clinics, patient_id, invoice_id, method, status, awaiting_approval, refund_unseen)


@routes.post(
    "/payments",
    status_code=201,
    response_model=wire.Payment,
    summary="Take cash, a cheque, a card on a terminal, or a bank transfer",
    responses={
        **answers(PAYMENT, 201, "taken: with the receipt number and, for cash, the change"),
        **problems(
            {
                404: ["not-found"],
                409: ["register-not-open", "nothing-due", *INVOICE_CLOSED],
                422: ["amount-not-positive", "tendered-too-little", "too-little-for-cash", *INVOICE_DIFFERS],
            }
        ),
    },
)
async def take(
    deps: Deps, body: Annotated[PaymentRequest, Body(openapi_examples=WAYS)], caller: FrontDesk, key: IdempotencyKey
) -> Response:
    """Records money that is here: cash into the open drawer of a register, a cheque, a card that paid on a terminal
    without Stripe, or a transfer that a person saw come in.

    For the front desk and billing managers. It pays an invoice of the patient, or without one goes to their account as
    credit. `amount` says how much, `all_due` in its place takes all that this payer owes, and `next_instalment` what is
    due next; more than what is due is refused unless `allow_credit` says that the rest stays on the account. The
    receipt number is drawn with it, without a gap. What is paid in cash is rounded where there are no small coins
    (`rounding`); the amount is what counts.

    Card payments of the invoice that nobody has paid yet, and that together with this money are more than is open, are
    ended and named in `beside`. What a card's bank is being asked for is no longer open; only a transfer and a card on
    a terminal are taken all the same, since that money has moved, and `beside` names what is to be looked after.
    """
    caller.enter(body.clinic_id)

    async def work(unit: Unit) -> Answer:
        amount = await amount_of(unit, deps.ledger, body.claim())
        payment = await take_payment(unit, deps.ledger, body.command(amount), deps.change(caller))
        return Answer.of(payment.clinic_id, wire_payment(payment), 201, {"Location": f"/payments/{payment.payment_id}"})

    return (await deps.idempotency.once(key, work)).response()


@routes.get("/payments", summary="List payments", responses={**a_page_of(PAYMENT), **UNKNOWN})
async def find(deps: Deps, query: Annotated[PaymentQuery, Depends(payment_query)], page: Paging) -> Page[wire.Payment]:
    """Payments of the clinics that the token names, the newest first, each with its refunds.

    For everybody. `awaiting_approval` is the list of refunds that a second person has to decide on.
    """
    payments = await deps.ledger.store.payments.page(
        query.clinics,
        page,
        patient_id=query.patient_id,
        invoice_id=query.invoice_id,
        method=query.method,
        status=query.status,
        awaiting_approval=query.awaiting_approval,
        refund_unseen=query.refund_unseen,
    )
    return Page(items=[wire_payment(payment) for payment in payments.items], next_cursor=payments.next_cursor)


@routes.get("/payments/{payment_id}", summary="Show a payment", responses={**answers(PAYMENT), **UNKNOWN})
async def show(deps: Deps, payment_id: PaymentPath, caller: Reader) -> wire.Payment:
    """One payment with its refunds and disputes. What counts is `settled`: amount - refunded - disputed.

    For everybody who may see the clinic.
    """
    return wire_payment(await seen_payment(deps, payment_id, caller))


@routes.get("/payments/{payment_id}/revisions", summary="Show the history of a payment", responses=HISTORY)
async def revisions(deps: Deps, payment_id: PaymentPath, caller: Reader, paging: Paging) -> Page[RevisionView]:
    """Every change, field by field, with who made it and why; also those that are not published.

    For everybody who may see the clinic. The oldest comes first.
    """
    payment = await seen_payment(deps, payment_id, caller)
    return await history(deps.ledger.store.revisions, payment_id, payment.version, paging)


async def seen_payment(deps: Dependencies, payment_id: str, caller: Principal) -> Payment:
    """Raises NotFound, also for a payment of a clinic that the caller may not see."""
    payment = await deps.ledger.store.payments.payment(payment_id)
    caller.enter(payment.clinic_id)
    return payment
