"""A day's settlement of a clinic: read off the journal, and held beside what Stripe and the bank say."""

from collections.abc import Sequence
from datetime import date, datetime

import structlog

from payments.domain.movements import Movement, movements
from payments.domain.payment import Payment
from payments.domain.settlement import Booked, Settlement, beside_bank, beside_stripe, fees_of
from payments.store import payment_at
from payments.usecases.books import Books
from payments.usecases.gateway import Gateway, GatewayUnavailable

log = structlog.get_logger(__name__)
PAYMENTS = "pay_"


async def settlement(books: Books, gateway: Gateway, clinic_id: str, on: date) -> Settlement:
    """Of a day by the clinic's own calendar. Raises DriverError."""
    store = books.store
    calendar = (await store.settings.of(clinic_id)).calendar
    begin, end = calendar.day(on)
    moved: list[Movement] = []
    async for after, before in store.revisions.changes(clinic_id, begin, end, PAYMENTS):
        moved += movements(None if before is None else payment_at(before), payment_at(after))
    moved.sort(key=lambda one: (one.at, one.payment_id, one.kind))
    bank = beside_bank(await store.bank.booked_on(clinic_id, on), await store.transfers_of(clinic_id, on))
    booked, known = await _at_stripe(books, gateway, clinic_id, (begin, end), moved)
    stripe = None if booked is None else beside_stripe(moved, booked, known, lambda at: begin <= at < end)
    fees = () if booked is None else fees_of(booked)
    return Settlement(clinic_id, on, calendar.time_zone, begin, end, tuple(moved), stripe, fees, bank)


async def _at_stripe(
    books: Books, gateway: Gateway, clinic_id: str, between: tuple[datetime, datetime], moved: Sequence[Movement]
) -> tuple[list[Booked] | None, dict[str, Payment]]:
    """The clinic's entries and the payments that they are of; None where Stripe does not answer."""
    try:
        booked = await gateway.booked(*between)
    except GatewayUnavailable as error:
        log.warning("settlement-without-stripe", clinic=clinic_id, reason=str(error))
        return None, {}
    intents = {one.intent_id for one in moved if one.intent_id} | {entry.intent_id for entry in booked}
    known = await books.store.card_payments_of(clinic_id, intents)
    return [one for one in booked if one.intent_id in known or one.clinic_id == clinic_id], known
