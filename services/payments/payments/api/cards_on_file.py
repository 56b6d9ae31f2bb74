"""Cards on file, and what they are charged for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from chassis.database.paging import Filter, Page, Paging
from chassis.failpoints import crossing
from chassis.http.auth import FrontDesk, Principal, Reader
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.journal.views import RevisionView, history
from chassis.messaging.outbox import Unit
from contracts.values import Id
from payments.api.asking import asking_stripe
from payments.api.desk import Desk
from payments.api.schemas.cards_on_file import CardSetup, CardView, ChargeView, KeepCardRequest
from payments.api.schemas.payments import Reason
from payments.domain.cards_on_file.card_on_file import CardOnFile
from payments.store.cards_on_file import NEWEST_FIRST, card_of, charge_of
from payments.usecases.cards_on_file import keep_card
from payments.usecases.ports import PreparedSetup

CARDS = "/cards-on-file"


def _wanted(
    caller: Reader,
    clinic_id: Annotated[Id | None, Query()] = None,
    patient_id: Annotated[Id | None, Query()] = None,
) -> Filter:
    """Dependency: what the caller asks for, of what he may see."""
    if clinic_id is not None:
        caller.enter(clinic_id)
    visible = caller.visible_clinics() if clinic_id is None else [clinic_id]
    chosen: Filter = {} if patient_id is None else {"patient_id": patient_id}
    return chosen if visible is None else {"clinic_id": {"$in": visible}, **chosen}


def cards(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""
    ledger, store = desk.ledger, desk.ledger.store.cards

    @routes.post(CARDS, status_code=201, response_model=CardSetup)
    async def keep(body: KeepCardRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """Records the patient's consent. The card is entered with Stripe, in the browser or on the page at `url`."""
        caller.enter(body.clinic_id)
        command = body.command(caller.actor())

        async def record(unit: Unit, card_id: str, answer: PreparedSetup) -> Answer:
            card = CardView.of(await keep_card.record(unit, ledger, card_id, answer))
            told = CardSetup(card=card, client_secret=answer.client_secret, url=answer.url)
            return Answer.of(told, 201, {"Location": f"{CARDS}/{card_id}"})

        with asking_stripe():
            answer = await desk.idempotency.once_around(
                key,
                intend=lambda unit: keep_card.intend(unit, ledger, command),
                act=lambda card_id: keep_card.ask_stripe(ledger, desk.gateway.cards, card_id),
                record=record,
            )
        crossing("cards-after-record")
        return answer.response()

    @routes.get(CARDS)
    async def find(wanted: Annotated[Filter, Depends(_wanted)], page: Paging) -> Page[CardView]:
        """Newest first; the newest active one of a patient is the one that is charged."""
        rows = await store.find_cards(wanted, page)
        return NEWEST_FIRST.page(rows, page, lambda row: CardView.of(card_of(row)))

    @routes.get(f"{CARDS}/{{card_id}}")
    async def show(card_id: Id, caller: Reader) -> CardView:
        """One card, with the consent."""
        return CardView.of(await _seen(card_id, caller))

    @routes.get(f"{CARDS}/{{card_id}}/revisions")
    async def revisions(card_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        """Who did what with it, field by field."""
        card = await _seen(card_id, caller)
        return await history(desk.ledger.store.revisions, store.card_subject(card_id), card.version, paging)

    @routes.delete(f"{CARDS}/{{card_id}}")
    async def revoke(card_id: Id, caller: FrontDesk, reason: Annotated[Reason | None, Query()] = None) -> CardView:
        """The patient takes his consent back: from now on nothing is charged, and Stripe lets go of the card."""
        await _seen(card_id, caller)
        by = caller.actor()
        revoked = await ledger.transact(lambda unit: keep_card.withdraw(unit, ledger, card_id, by, reason))
        return CardView.of(revoked)

    @routes.get("/card-charges")
    async def charges(wanted: Annotated[Filter, Depends(_wanted)], page: Paging) -> Page[ChargeView]:
        """What cards on file are charged for, and what came of it; in no order that means anything."""
        rows = await store.find_charges(wanted, page)
        return NEWEST_FIRST.page(rows, page, lambda row: ChargeView.of(charge_of(row)))

    async def _seen(card_id: str, caller: Principal) -> CardOnFile:
        card = await store.card(card_id)
        caller.enter(card.clinic_id)
        return card
