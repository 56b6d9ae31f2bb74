"""The drafts of a day become invoices, all at once."""

from fastapi import APIRouter, Response

from chassis.http import demand_version
from chassis.http.auth import FrontDesk, Principal
from chassis.http.deadline import LONG
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from invoicing.api.dependencies import Dependencies, Deps
from invoicing.api.responses import answers
from invoicing.api.schemas.finalizing import (
    VERDICTS_EXAMPLE,
    DraftBody,
    FinalizeManyBody,
    VerdictsView,
    VerdictView,
)
from invoicing.domain.clinics.clinic import demand_finalizer
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.invoice.finalize_invoice import Verdict, finalize_invoices
from kernel.errors import BusinessError, NotFound

routes = APIRouter(tags=["invoices"])


@routes.post(
    "/invoices/finalize",
    response_model=VerdictsView,
    summary="Finalize many drafts",
    responses={**answers(VERDICTS_EXAMPLE), **problems({404: ["not-found"], 409: ["changed-meanwhile"]})},
    dependencies=[LONG],
)
async def finalize_many(body: FinalizeManyBody, deps: Deps, caller: FrontDesk, key: IdempotencyKey) -> Response:
    """Drafts of one clinic become invoices, each judged by itself: who is refused holds up nobody else.

    For billing managers, and for the front desk where the clinic's profile says so (`finalize_by`). The answer says of
    each draft what became of it; a refusal has the code that the draft would have got alone, `version-stale` for
    another version and `invoice-unknown` for what is not the clinic's. Numbers are drawn in the order of the request
    and have no gap; of one patient's drafts, each tells what is owed with those before it. Asked again with the same
    key, the answer is the same.
    """
    caller.enter(body.clinic_id)
    await refuse_finalizer(deps, caller, body.clinic_id)

    async def work(unit: Unit) -> Answer:
        known = await deps.store.invoices.by_id(unit, [draft.invoice_id for draft in body.drafts])
        verdicts: dict[str, Verdict] = {}
        current: list[StoredInvoice] = []
        for draft in body.drafts:
            try:
                current.append(_current(draft, known.get(draft.invoice_id), body.clinic_id))
            except BusinessError as refusal:
                verdicts[draft.invoice_id] = refusal
        verdicts |= await finalize_invoices(unit, deps.store, current, change)
        items = tuple(VerdictView.of(draft.invoice_id, verdicts[draft.invoice_id]) for draft in body.drafts)
        return Answer.of(body.clinic_id, VerdictsView.of(items))

    async with deps.drawing_numbers(body.clinic_id):
        change = deps.change(caller)
        return (await deps.idempotency.once(key, work)).response()


async def refuse_finalizer(deps: Dependencies, caller: Principal, clinic_id: str) -> None:
    """Raises Forbidden for who may not finalize the clinic's drafts; a billing manager always may."""
    if not caller.may("billing_manager"):
        clinics = await deps.store.clinics.of(None, [clinic_id])
        demand_finalizer(clinics.get(clinic_id), caller.actor())


def _current(draft: DraftBody, stored: StoredInvoice | None, clinic_id: str) -> StoredInvoice:
    if stored is None or stored.invoice.clinic_id != clinic_id:
        raise NotFound("invoice-unknown", f"there is no invoice {draft.invoice_id}")
    demand_version(draft.version, stored.invoice.version)
    return stored
