"""Bank transactions: what came in and went out, and what a person does with it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.database.paging import Page, Paging
from chassis.http.auth import BillingManager, FrontDesk, Principal, Reader
from chassis.http.idempotency import Answer, IdempotencyKey, RequestKey
from chassis.http.openapi import problems
from chassis.journal.views import RevisionView, history
from chassis.messaging.outbox import Unit
from payments.api.dependencies import Dependencies, Deps
from payments.api.examples.bank_transactions import TRANSACTION
from payments.api.parameters import ClinicQuery, TransactionPath, visible_clinics
from payments.api.responses import HISTORY, INVOICE_CLOSED, INVOICE_DIFFERS, UNKNOWN, a_page_of, answers
from payments.api.schemas.bank_transactions import GiveBackRequest, MatchRequest, ReasonRequest, TransactionView
from payments.domain.bank.transaction import Transaction, TransactionStatus
from payments.usecases.bank import give_back, match_by_hand

routes = APIRouter(tags=["bank transactions"])
Work = Callable[[Unit, Transaction], Awaitable[Transaction]]
MOVED = {
    **answers(TRANSACTION, 200, "the transaction as it is now"),
    **problems({404: ["not-found"], 409: ["illegal-transition", "changed-meanwhile"]}),
}


@routes.get("/bank-transactions", summary="List bank transactions", responses={**a_page_of(TRANSACTION), **UNKNOWN})
async def find(
    deps: Deps,
    caller: Reader,
    page: Paging,
    clinic_id: ClinicQuery = None,
    status: Annotated[TransactionStatus | None, Query(description="only in this state")] = None,
) -> Page[TransactionView]:
    """The last booked first; `status=unmatched` is the queue, each with proposals, best first.

    For everybody; of the clinics that the token names.
    """
    found = await deps.ledger.store.bank.transactions.page(visible_clinics(caller, clinic_id), page, status=status)
    return Page(items=[TransactionView.of(transaction) for transaction in found.items], next_cursor=found.next_cursor)


@routes.get(
    "/bank-transactions/{transaction_id}",
    summary="Show a bank transaction",
    responses={**answers(TRANSACTION), **UNKNOWN},
)
async def show(deps: Deps, transaction_id: TransactionPath, caller: Reader) -> TransactionView:
    """One transaction: where its money went or could go, and everything that was done with it.

    For everybody who may see the clinic.
    """
    return TransactionView.of(await _seen(deps, transaction_id, caller))


@routes.get(
    "/bank-transactions/{transaction_id}/revisions",
    summary="Show the history of a bank transaction",
    responses=HISTORY,
)
async def revisions(deps: Deps, transaction_id: TransactionPath, caller: Reader, paging: Paging) -> Page[RevisionView]:
    """Every change, field by field, with who made it and why. The oldest comes first.

    For everybody who may see the clinic.
    """
    transaction = await _seen(deps, transaction_id, caller)
    return await history(deps.ledger.store.revisions, transaction_id, transaction.version, paging)


@routes.post(
    "/bank-transactions/{transaction_id}/match",
    response_model=TransactionView,
    summary="Match a transfer by hand",
    responses={
        **answers(TRANSACTION, 200, "the transaction as it is now"),
        **problems(
            {
                404: ["not-found"],
                409: ["illegal-transition", "changed-meanwhile", *INVOICE_CLOSED],
                422: ["not-a-receipt", "shares-differ", "invoice-twice", "amount-not-positive", *INVOICE_DIFFERS],
            }
        ),
    },
)
async def match(
    deps: Deps, transaction_id: TransactionPath, body: MatchRequest, caller: FrontDesk, key: IdempotencyKey
) -> Response:
    """The whole amount goes to invoices, or to patients' accounts; split as the shares say.

    For the front desk and billing managers. The shares make exactly the amount, in its currency; each becomes a payment
    of its invoice. It takes a transfer that came in and is `new`, `unmatched` or `set_aside`, also a suspected
    duplicate. From then on the paying account speaks for these patients.
    """
    shares = [share.share() for share in body.shares]

    async def work(unit: Unit, seen: Transaction) -> Transaction:
        return await match_by_hand.match(
            unit, deps.ledger, seen, shares, deps.change(caller), allow_credit=body.allow_credit
        )

    return await _changed(deps, transaction_id, caller, key, work)


@routes.post(
    "/bank-transactions/{transaction_id}/give-back",
    response_model=TransactionView,
    summary="Match a debit to a refund",
    responses={
        **MOVED,
        **problems({422: ["not-a-debit", "refund-not-awaited", "amount-differs"]}),
    },
)
async def match_refund(
    deps: Deps, transaction_id: TransactionPath, body: GiveBackRequest, caller: FrontDesk, key: IdempotencyKey
) -> Response:
    """This debit is that refund by transfer: so it is known that the money has left.

    For the front desk and billing managers. The refund was recorded here and is not known to have left yet; the debit
    is of exactly its amount.
    """
    return await _changed(
        deps,
        transaction_id,
        caller,
        key,
        lambda unit, seen: give_back.by_person(
            unit, deps.ledger, seen, body.payment_id, body.refund_id, deps.change(caller)
        ),
    )


@routes.post(
    "/bank-transactions/{transaction_id}/unmatch",
    response_model=TransactionView,
    summary="Take a match back",
    responses=MOVED,
)
async def unmatch(
    deps: Deps, transaction_id: TransactionPath, body: ReasonRequest, caller: BillingManager, key: IdempotencyKey
) -> Response:
    """Takes a match back, or a transaction out of those set aside: to the queue, where the rules leave it alone.

    For billing managers. The payments that were made of it are reversed and count no more, and a refund that it was is
    awaited again. Once something of such a payment was refunded, the match stays.
    """
    return await _changed(
        deps,
        transaction_id,
        caller,
        key,
        lambda unit, seen: match_by_hand.unmatch(unit, deps.ledger, seen, deps.change(caller, body.reason)),
    )


@routes.post(
    "/bank-transactions/{transaction_id}/take",
    response_model=TransactionView,
    summary="Take a suspected duplicate as money of its own",
    responses=MOVED,
)
async def take(
    deps: Deps, transaction_id: TransactionPath, body: ReasonRequest, caller: FrontDesk, key: IdempotencyKey
) -> Response:
    """A suspected duplicate is money of its own: the rules match it now.

    For the front desk and billing managers. Where nothing was suspected there is nothing to take.
    """
    answer = await _changed(
        deps,
        transaction_id,
        caller,
        key,
        lambda unit, seen: match_by_hand.take(unit, deps.ledger, seen, deps.change(caller, body.reason)),
    )
    deps.wake_matching()
    return answer


@routes.post(
    "/bank-transactions/{transaction_id}/set-aside",
    response_model=TransactionView,
    summary="Set a bank transaction aside",
    responses=MOVED,
)
async def set_aside(
    deps: Deps, transaction_id: TransactionPath, body: ReasonRequest, caller: FrontDesk, key: IdempotencyKey
) -> Response:
    """It is no patient's money, or a suspected duplicate that two files have: it leaves the queue.

    For the front desk and billing managers. A billing manager takes it back with `unmatch`.
    """
    return await _changed(
        deps,
        transaction_id,
        caller,
        key,
        lambda unit, seen: match_by_hand.set_aside(unit, deps.ledger, seen, deps.change(caller, body.reason)),
    )


async def _seen(deps: Dependencies, transaction_id: str, caller: Principal, unit: Unit | None = None) -> Transaction:
    transaction = await deps.ledger.store.bank.transactions.transaction(transaction_id, unit)
    caller.enter(transaction.clinic_id)
    return transaction


async def _changed(deps: Dependencies, transaction_id: str, caller: Principal, key: RequestKey, work: Work) -> Response:
    async def run(unit: Unit) -> Answer:
        transaction = await work(unit, await _seen(deps, transaction_id, caller, unit))
        return Answer.of(transaction.clinic_id, TransactionView.of(transaction))

    return (await deps.idempotency.once(key, run)).response()
