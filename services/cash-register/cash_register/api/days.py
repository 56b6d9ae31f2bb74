"""Routes of the front desk: open, look, pay in and out, close; and of the billing manager, who approves."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cash_register.domain.days.cash import Count, Denomination, Desk
from cash_register.domain.days.day import Day, OpenDay
from cash_register.store.days import AS_RECORDED, NEWEST_FIRST, OLDEST_FIRST, Store, read_day
from cash_register.usecases.days.approve_day import approve_day
from cash_register.usecases.days.close_day import CloseDay, close_day
from cash_register.usecases.days.move_cash import MoveCash, move_cash
from cash_register.usecases.days.open_day import open_day
from chassis.database.mongo import DriverError, is_duplicate
from chassis.database.paging import Page, Paging
from chassis.http.auth import BillingManager, FrontDesk, Reader
from chassis.http.idempotency import Answer, Idempotency, IdempotencyKey, RequestKey
from chassis.messaging.outbox import Outbox, Unit
from contracts.cash_register import Movement, RegisterDay
from contracts.money import Currency, Money
from contracts.values import Id
from kernel.clock import Clock

RegisterId = Annotated[Id, Path()]
ClinicId = Annotated[Id, Query()]
On = Annotated[date, Path(alias="date", description="the clinic's local date")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenDayBody(_Command):
    """`opening` is the float that was counted into the drawer."""

    clinic_id: Id
    date: date
    currency: Currency
    opening: Money


class MovementBody(_Command):
    """`amount` is positive, whichever way it goes."""

    kind: Desk
    amount: Money
    reason: Reason


class DenominationBody(_Command):
    """`count` coins or notes of `value_minor` each."""

    value_minor: Annotated[int, Field(gt=0, lt=2**31)]
    count: Annotated[int, Field(ge=0, lt=2**31)]


class CloseBody(_Command):
    """`reason` is required when `counted` is not what is expected."""

    counted: Money
    denominations: Annotated[tuple[DenominationBody, ...], Field(max_length=100)] = ()
    reason: Reason | None = None


class DenominationView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    value_minor: int
    count: int


class DayView(RegisterDay):
    """The day, as the topic tells it, and how the drawer was counted."""

    denominations: tuple[DenominationView, ...] = ()


class DayWithMovement(DayView):
    """The day after the movement."""

    movement: Movement


class DayWithMovements(DayView):
    """The day and a page of what moved, in the order of the books."""

    movements: Page[Movement]


def _view(day: Day) -> DayView:
    return DayView.model_validate(day, from_attributes=True)


def router(store: Store, outbox: Outbox, idempotency: Idempotency, clock: Clock) -> APIRouter:
    """All routes of the service."""
    routes = APIRouter(prefix="/registers/{register_id}", tags=["register days"])

    async def once(key: RequestKey, work: Callable[[Unit], Awaitable[Answer]]) -> Response:
        try:
            answer = await idempotency.once(key, work)
        except DriverError as error:
            if not is_duplicate(error):
                raise
            # Two were the first to write the same thing: the second looks again, and sees it.
            answer = await idempotency.once(key, work)
        return answer.response()

    @routes.post("/days", status_code=201, response_model=DayView)
    async def open_(register_id: RegisterId, body: OpenDayBody, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """Opens a day, and books on it what waited for one."""
        caller.enter(body.clinic_id)
        command = OpenDay(body.clinic_id, register_id, body.date, body.currency, body.opening)

        async def work(unit: Unit) -> Answer:
            day = await open_day(unit, store, command, clock(), caller.actor())
            location = f"/registers/{register_id}/days/{day.date.isoformat()}?clinic_id={day.clinic_id}"
            return Answer.of(_view(day), 201, {"Location": location})

        return await once(key, work)

    @routes.get("/days")
    async def days(register_id: RegisterId, clinic_id: ClinicId, caller: Reader, page: Paging) -> Page[DayView]:
        """The newest first."""
        caller.enter(clinic_id)
        rows = await store.days_page(clinic_id, register_id, page)
        return NEWEST_FIRST.page(rows, page, lambda row: _view(read_day(row)))

    @routes.get("/days/{date}")
    async def day(
        register_id: RegisterId, clinic_id: ClinicId, on: On, caller: Reader, page: Paging
    ) -> DayWithMovements:
        """A day, and a page of its movements."""
        caller.enter(clinic_id)
        found = await store.day(None, clinic_id, register_id, on)
        rows = await store.movements_page(found.day_id, page)
        movements = AS_RECORDED.page(rows, page, Movement.model_validate)
        return DayWithMovements(**dict(_view(found)), movements=movements)

    @routes.get("/waiting")
    async def waiting(register_id: RegisterId, clinic_id: ClinicId, caller: Reader, page: Paging) -> Page[Movement]:
        """Cash that no open day could take: it goes to the next day that is opened in its currency."""
        caller.enter(clinic_id)
        rows = await store.waiting_page(clinic_id, register_id, page)
        return OLDEST_FIRST.page(rows, page, Movement.model_validate)

    @routes.post("/days/{date}/movements", status_code=201, response_model=DayWithMovement)
    async def move(
        register_id: RegisterId, clinic_id: ClinicId, on: On, body: MovementBody, caller: FrontDesk, key: IdempotencyKey
    ) -> Response:
        """A pay-in or pay-out at the desk."""
        caller.enter(clinic_id)
        command = MoveCash(clinic_id, register_id, on, body.kind, body.amount, body.reason)

        async def work(unit: Unit) -> Answer:
            recorded = await move_cash(unit, store, command, clock(), caller.actor())
            movement = Movement.model_validate(recorded.movement, from_attributes=True)
            return Answer.of(DayWithMovement(**dict(_view(recorded.day)), movement=movement), 201)

        return await once(key, work)

    @routes.post("/days/{date}/close", response_model=DayView)
    async def close(
        register_id: RegisterId, clinic_id: ClinicId, on: On, body: CloseBody, caller: FrontDesk, key: IdempotencyKey
    ) -> Response:
        """Closes the day with what was counted."""
        caller.enter(clinic_id)
        counted = tuple(Denomination(d.value_minor, d.count) for d in body.denominations)
        command = CloseDay(clinic_id, register_id, on, Count(body.counted, counted), body.reason)

        async def work(unit: Unit) -> Answer:
            return Answer.of(_view(await close_day(unit, store, command, clock(), caller.actor())))

        return await once(key, work)

    @routes.post("/days/{date}/approval")
    async def approve(register_id: RegisterId, clinic_id: ClinicId, on: On, caller: BillingManager) -> DayView:
        """Accepts the variance of a closed day; never by the person who closed it."""
        caller.enter(clinic_id)
        by = caller.actor()
        approved = await outbox.transact(lambda unit: approve_day(unit, store, clinic_id, register_id, on, clock(), by))
        return _view(approved)

    return routes
