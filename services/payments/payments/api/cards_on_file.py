"""Cards on file, and what they are charged for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from chassis.database.paging import Page, Paging
from chassis.failpoints import crossing
from chassis.http.auth import FrontDesk, Principal, Reader
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.journal.views import RevisionView, history
from chassis.messaging.outbox import Unit
from payments.api.dependencies import Dependencies, Deps
from payments.api.examples.cards_on_file import CARD_CHARGE, CARD_ON_FILE, CARD_SETUP
from payments.api.parameters import CardPath, ClinicQuery, PatientQuery, visible_clinics
from payments.api.responses import HISTORY, UNKNOWN, a_page_of, answers
from payments.api.schemas.cards_on_file import CardSetup, CardView, ChargeView, KeepCardRequest
from payments.api.schemas.values import Reason
from payments.domain.cards_on_file.card_on_file import CardOnFile
from payments.usecases.cards_on_file import keep_card
from payments.usecases.ports import PreparedSetup

CARDS = "/cards-on-file"
routes = APIRouter(tags=["cards on file"])


@dataclass(frozen=True)
class PatientsQuery:
    """What the caller asks for, of what they may see: `clinics` is None for every clinic there is."""

    clinics: list[str] | None
    patient_id: str | None


def patients_query(caller: Reader, clinic_id: ClinicQuery = None, patient_id: PatientQuery = None) -> PatientsQuery:
    """Dependency: what the caller asks for."""
    return PatientsQuery(visible_clinics(caller, clinic_id), patient_id)


OfPatients = Annotated[PatientsQuery, Depends(patients_query)]


@routes.post(
    CARDS,
    status_code=201,
    response_model=CardSetup,
    summary="Keep a card on file",
    responses={
        **answers(CARD_SETUP, 201, "the consent is recorded, and Stripe waits for the card"),
        **problems({404: ["not-found"], 409: ["changed-meanwhile"], 503: ["stripe-unavailable"]}),
    },
)
async def keep(deps: Deps, body: KeepCardRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
    """Records the patient's consent. The card is entered with Stripe, in the browser or on the page at `url`.

    For the front desk and billing managers. From when it was entered the card is `active`: it is charged for the
    patient's instalments on the days they are due, and each charge is announced to them. The newest active card of a
    patient is the one that is charged. After 503 send the same request with the same Idempotency-Key again.
    """
    caller.enter(body.clinic_id)
    command = body.command()

    async def record(unit: Unit, card_id: str, answer: PreparedSetup) -> Answer:
        card = CardView.of(await keep_card.record(unit, deps.ledger, card_id, answer))
        setup = CardSetup(card=card, client_secret=answer.client_secret, url=answer.url)
        return Answer.of(card.clinic_id, setup, 201, {"Location": f"{CARDS}/{card_id}"})

    answer = await deps.idempotency.once_around(
        key,
        body.clinic_id,
        intend=lambda unit: keep_card.intend(unit, deps.ledger, command, deps.change(caller)),
        act=lambda card_id: keep_card.ask_stripe(deps.ledger, deps.gateway.cards, card_id),
        record=record,
    )
    crossing("cards-after-record")
    return answer.response()


@routes.get(CARDS, summary="List cards on file", responses={**a_page_of(CARD_ON_FILE), **UNKNOWN})
async def find(deps: Deps, query: OfPatients, page: Paging) -> Page[CardView]:
    """Newest first; the newest active one of a patient is the one that is charged.

    For everybody; of the clinics that the token names.
    """
    cards = await deps.ledger.store.cards.page_of_cards(query.clinics, page, patient_id=query.patient_id)
    return Page(items=[CardView.of(card) for card in cards.items], next_cursor=cards.next_cursor)


@routes.get(f"{CARDS}/{{card_id}}", summary="Show a card on file", responses={**answers(CARD_ON_FILE), **UNKNOWN})
async def show(deps: Deps, card_id: CardPath, caller: Reader) -> CardView:
    """One card, with the consent. Its number is with Stripe only.

    For everybody who may see the clinic.
    """
    return CardView.of(await _seen(deps, card_id, caller))


@routes.get(f"{CARDS}/{{card_id}}/revisions", summary="Show the history of a card on file", responses=HISTORY)
async def revisions(deps: Deps, card_id: CardPath, caller: Reader, paging: Paging) -> Page[RevisionView]:
    """Who did what with it, field by field. The oldest comes first.

    For everybody who may see the clinic.
    """
    card = await _seen(deps, card_id, caller)
    store = deps.ledger.store
    return await history(store.revisions, store.cards.card_subject(card_id), card.version, paging)


@routes.delete(
    f"{CARDS}/{{card_id}}",
    summary="Revoke a card on file",
    responses={
        **answers({**CARD_ON_FILE, "status": "revoked", "revoked_at": "2026-11-23T10:00:00Z"}),
        **problems({404: ["not-found"], 409: ["illegal-transition", "changed-meanwhile"]}),
    },
)
async def revoke(
    deps: Deps,
    card_id: CardPath,
    caller: FrontDesk,
    reason: Annotated[Reason | None, Query(description="why; it stands in the history")] = None,
) -> CardView:
    """The patient takes their consent back: from now on nothing is charged, and Stripe lets go of the card.

    For the front desk and billing managers. A second time changes nothing. A card that was never entered in time is
    `failed`, and there is no consent to take back.
    """
    await _seen(deps, card_id, caller)
    ledger = deps.ledger
    card = await ledger.transact(lambda unit: keep_card.withdraw(unit, ledger, card_id, deps.change(caller, reason)))
    return CardView.of(card)


@routes.get("/card-charges", summary="List charges of cards on file", responses={**a_page_of(CARD_CHARGE), **UNKNOWN})
async def charges(deps: Deps, query: OfPatients, page: Paging) -> Page[ChargeView]:
    """What cards on file are charged for, and what came of it; in no order that means anything.

    For everybody; of the clinics that the token names. A charge is announced, tried on the due date or the first
    working day after it, tried again on the clinic's `retry_days`, and then given up.
    """
    found = await deps.ledger.store.cards.page_of_charges(query.clinics, page, patient_id=query.patient_id)
    return Page(items=[ChargeView.of(charge) for charge in found.items], next_cursor=found.next_cursor)


async def _seen(deps: Dependencies, card_id: str, caller: Principal) -> CardOnFile:
    card = await deps.ledger.store.cards.card(card_id)
    caller.enter(card.clinic_id)
    return card
