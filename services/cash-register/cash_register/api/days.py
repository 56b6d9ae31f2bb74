"""Days of a register: the front desk opens, looks, pays in and out, and closes; the billing manager approves."""

from fastapi import APIRouter, Response

from cash_register.api.blind import command_view, day_view
from cash_register.api.dependencies import Deps
from cash_register.api.parameters import ClinicId, MovementId, On, RegisterId
from cash_register.api.schemas.days import (
    ApprovalBody,
    CancelBody,
    CloseBody,
    CounterEntryBody,
    DayView,
    DayWithMovement,
    DayWithMovements,
    HandoverBody,
    MovementBody,
    OpenDayBody,
    movement_view,
)
from cash_register.domain.days.opening import OpenDay
from cash_register.usecases.days.approve_day import ApproveDay, approve_day
from cash_register.usecases.days.cancel_day import CancelDay, cancel_day
from cash_register.usecases.days.close_day import CloseDay, close_day
from cash_register.usecases.days.counter_movement import CounterMovement, counter_movement
from cash_register.usecases.days.hand_over import HandOver, hand_over
from cash_register.usecases.days.move_cash import MoveCash, move_cash
from cash_register.usecases.days.open_day import open_day
from chassis.database.paging import Page, Paging
from chassis.http.auth import BillingManager, FrontDesk, Reader
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from contracts.cash_register import Movement

routes = APIRouter(prefix="/registers/{register_id}/days", tags=["register days"])

BAD_MONEY = ["amount-out-of-range", "currency-differs"]
BAD_COUNT = [*BAD_MONEY, "denomination-unknown", "denominations-differ", "variance-unexplained"]
BAD_CATEGORY = ["category-not-possible", "vat-rate-not-possible", "voucher-missing", "voucher-not-possible"]
NOT_YOURS = ["register-not-yours"]
NO_SUCH_DAY = ["not-found", "day-not-found"]


@routes.post(
    "",
    status_code=201,
    response_model=DayView,
    summary="Open a day",
    responses=problems(
        {
            403: NOT_YOURS,
            404: ["not-found"],
            409: ["day-already-open", "day-exists"],
            422: [*BAD_COUNT, "date-not-today"],
        }
    ),
)
async def open_register_day(
    register_id: RegisterId, body: OpenDayBody, caller: FrontDesk, key: IdempotencyKey, deps: Deps
) -> Response:
    """Opens today with what is in the drawer, and books on it what waited for a day in its currency.

    Another float than the last close left takes a reason; above the register's tolerance a second person has to agree.
    """
    caller.enter(body.clinic_id)
    command = OpenDay(body.clinic_id, register_id, body.date, body.currency, body.count())

    async def work(unit: Unit) -> Answer:
        change = deps.change(caller, body.reason)
        day = await open_day(unit, deps.store, command, change, signed=deps.signs)
        location = f"/registers/{register_id}/days/{day.date.isoformat()}?clinic_id={day.clinic_id}"
        return Answer.of(day.clinic_id, await command_view(deps, day), 201, {"Location": location})

    return await deps.once(key, work)


@routes.get("", summary="List days", responses=problems({404: ["not-found"]}))
async def list_days(
    register_id: RegisterId, clinic_id: ClinicId, caller: Reader, page: Paging, deps: Deps
) -> Page[DayView]:
    """The days of a register, the newest first."""
    caller.enter(clinic_id)
    days = await deps.store.days.page(clinic_id, register_id, page)
    return Page(items=[await day_view(deps, day, caller) for day in days.items], next_cursor=days.next_cursor)


@routes.get("/{date}", summary="Show a day", responses=problems({404: NO_SUCH_DAY}))
async def show_day(
    register_id: RegisterId, clinic_id: ClinicId, on: On, caller: Reader, page: Paging, deps: Deps
) -> DayWithMovements:
    """A day, and a page of what moved on it."""
    caller.enter(clinic_id)
    day = await deps.store.days.get(None, clinic_id, register_id, on)
    movements = await deps.store.movements.page(day.day_id, page)
    views = [movement_view(movement) for movement in movements.items]
    shown = Page[Movement](items=views, next_cursor=movements.next_cursor)
    return DayWithMovements(**dict(await day_view(deps, day, caller)), movements=shown)


@routes.post(
    "/{date}/movements",
    status_code=201,
    response_model=DayWithMovement,
    summary="Pay in or out at the desk",
    responses=problems(
        {
            403: NOT_YOURS,
            404: NO_SUCH_DAY,
            409: ["illegal-transition"],
            422: [*BAD_MONEY, *BAD_CATEGORY, "not-enough-cash"],
        }
    ),
)
async def move_cash_at_the_desk(
    register_id: RegisterId,
    clinic_id: ClinicId,
    on: On,
    body: MovementBody,
    caller: FrontDesk,
    key: IdempotencyKey,
    deps: Deps,
) -> Response:
    """Books cash that is put into an open drawer or taken out of it: change from the bank, a courier paid.

    Nothing is taken out that is not there. What was booked is never changed: a counter-entry takes it back.
    """
    caller.enter(clinic_id)
    voucher = None if body.voucher is None else body.voucher.voucher()
    command = MoveCash(clinic_id, register_id, on, body.kind, body.amount, body.category, voucher, body.vat_rate)

    async def work(unit: Unit) -> Answer:
        recorded = await move_cash(unit, deps.store, command, deps.change(caller, body.reason))
        day, movement = await command_view(deps, recorded.day), movement_view(recorded.movement)
        return Answer.of(clinic_id, DayWithMovement(**dict(day), movement=movement), 201)

    return await deps.once(key, work)


@routes.post(
    "/{date}/movements/{movement_id}/counter-entry",
    status_code=201,
    response_model=DayWithMovement,
    summary="Take back a movement",
    responses=problems(
        {
            403: NOT_YOURS,
            404: [*NO_SUCH_DAY, "movement-not-found"],
            409: ["already-countered", "no-open-day", "not-countered"],
            422: [*BAD_MONEY, "not-enough-cash"],
        }
    ),
)
async def counter_at_the_desk(
    register_id: RegisterId,
    clinic_id: ClinicId,
    on: On,
    movement_id: MovementId,
    body: CounterEntryBody,
    caller: FrontDesk,
    key: IdempotencyKey,
    deps: Deps,
) -> Response:
    """Books the same cash the other way, on the day that is open now: that of the movement, or a later one.

    For what was moved at the desk: a payment is refunded where it was taken.
    """
    caller.enter(clinic_id)
    command = CounterMovement(clinic_id, register_id, on, movement_id)

    async def work(unit: Unit) -> Answer:
        recorded = await counter_movement(unit, deps.store, command, deps.change(caller, body.reason))
        day, movement = await command_view(deps, recorded.day), movement_view(recorded.movement)
        return Answer.of(clinic_id, DayWithMovement(**dict(day), movement=movement), 201)

    return await deps.once(key, work)


@routes.post(
    "/{date}/counts",
    status_code=201,
    response_model=DayView,
    summary="Hand a drawer over",
    responses=problems(
        {
            403: NOT_YOURS,
            404: NO_SUCH_DAY,
            409: ["changed-meanwhile", "illegal-transition", "too-many-handovers"],
            422: BAD_COUNT,
        }
    ),
)
async def hand_drawer_over(
    register_id: RegisterId,
    clinic_id: ClinicId,
    on: On,
    body: HandoverBody,
    caller: FrontDesk,
    key: IdempotencyKey,
    deps: Deps,
) -> Response:
    """Counts the drawer between two people, without closing. What differs is booked, with a reason.

    The handover in the answer says what was expected; before it, the desk is not told. Above the register's tolerance a
    second person has to agree.
    """
    caller.enter(clinic_id)
    seen = await deps.store.days.get(None, clinic_id, register_id, on)
    command = HandOver(clinic_id, register_id, on, body.count(), body.taken_over_by, len(seen.handovers))

    async def work(unit: Unit) -> Answer:
        day = await hand_over(unit, deps.store, command, deps.change(caller, body.reason))
        return Answer.of(day.clinic_id, await command_view(deps, day), 201)

    return await deps.once(key, work)


@routes.post(
    "/{date}/close",
    response_model=DayView,
    summary="Close a day",
    responses=problems(
        {
            403: NOT_YOURS,
            404: NO_SUCH_DAY,
            409: ["illegal-transition"],
            422: [*BAD_COUNT, "not-enough-cash"],
        }
    ),
)
async def close_register_day(
    register_id: RegisterId,
    clinic_id: ClinicId,
    on: On,
    body: CloseBody,
    caller: FrontDesk,
    key: IdempotencyKey,
    deps: Deps,
) -> Response:
    """Closes the day with what was counted, and gives it its Z report; only then the desk sees what was expected.

    What goes to the bank is not there tomorrow.

    A count that is not what is expected takes a reason; above the register's tolerance a second person has to agree,
    afterwards: a shortage keeps no day open. A day that was forgotten is closed like any other; it says `closed_late`.
    """
    caller.enter(clinic_id)
    command = CloseDay(clinic_id, register_id, on, body.count(), body.deposit)

    async def work(unit: Unit) -> Answer:
        day = await close_day(unit, deps.store, command, deps.change(caller, body.reason))
        return Answer.of(day.clinic_id, await command_view(deps, day))

    return await deps.once(key, work)


@routes.post(
    "/{date}/approval",
    summary="Approve a variance",
    responses=problems(
        {403: ["maker-is-checker"], 404: NO_SUCH_DAY, 409: ["illegal-transition", "nothing-to-approve"]}
    ),
)
async def approve_variance(
    register_id: RegisterId,
    clinic_id: ClinicId,
    on: On,
    caller: BillingManager,
    deps: Deps,
    body: ApprovalBody,
) -> DayView:
    """Accepts what was found at a count and is above the tolerance; never by who counted it.

    The reason that they give is in the history of the day.
    """
    caller.enter(clinic_id)
    command, change = ApproveDay(clinic_id, register_id, on), deps.change(caller, body.reason)
    day = await deps.transact(lambda unit: approve_day(unit, deps.store, command, change))
    return await command_view(deps, day)


@routes.post(
    "/{date}/cancellation",
    response_model=DayView,
    summary="Cancel an empty day",
    responses=problems({403: NOT_YOURS, 404: NO_SUCH_DAY, 409: ["day-not-empty", "illegal-transition"]}),
)
async def cancel_register_day(
    register_id: RegisterId,
    clinic_id: ClinicId,
    on: On,
    body: CancelBody,
    caller: FrontDesk,
    key: IdempotencyKey,
    deps: Deps,
) -> Response:
    """Cancels a day that was opened by mistake and on which nothing has moved; its date may be opened again."""
    caller.enter(clinic_id)
    command = CancelDay(clinic_id, register_id, on)

    async def work(unit: Unit) -> Answer:
        day = await cancel_day(unit, deps.store, command, deps.change(caller, body.reason))
        return Answer.of(day.clinic_id, await command_view(deps, day))

    return await deps.once(key, work)
