"""Registers: what the clinic decided about them, and what waits for their next day."""

from fastapi import APIRouter

from cash_register.api.dependencies import Deps
from cash_register.api.parameters import ClinicId, RegisterId
from cash_register.api.schemas.days import movement_view
from cash_register.api.schemas.registers import RegisterBody, RegisterView
from cash_register.usecases.registers.configure_register import configure_register
from cash_register.usecases.registers.show_registers import list_registers, show_register
from chassis.database.paging import Page, Paging
from chassis.http.auth import BillingManager, Reader
from chassis.http.openapi import problems
from contracts.cash_register import Movement

routes = APIRouter(prefix="/registers", tags=["registers"])


@routes.put(
    "/{register_id}",
    summary="Configure a register",
    responses=problems(
        {
            404: ["not-found"],
            409: ["changed-meanwhile", "day-already-open"],
            422: ["amount-out-of-range", "currency-differs"],
        }
    ),
)
async def put_register(
    register_id: RegisterId, clinic_id: ClinicId, body: RegisterBody, caller: BillingManager, deps: Deps
) -> RegisterView:
    """Sets what a register holds, how exactly it has to agree, and who runs it; left out becomes the default.

    A day that is open keeps what it was opened with; the currency cannot change while one is open.
    """
    caller.enter(clinic_id)
    wanted, change = body.settings(clinic_id, register_id), deps.change(caller, body.reason)
    await deps.transact(lambda unit: configure_register(unit, deps.store, wanted, change))
    shown = await show_register(deps.store, clinic_id, register_id)
    return RegisterView.of(shown, await deps.now(clinic_id))


@routes.get("", summary="List registers", responses=problems({404: ["not-found"]}))
async def list_all(clinic_id: ClinicId, caller: Reader, page: Paging, deps: Deps) -> Page[RegisterView]:
    """The registers of a clinic by their ids, each with its open day, also those that nobody configured."""
    caller.enter(clinic_id)
    registers = await list_registers(deps.store, clinic_id, page)
    now = await deps.now(clinic_id)
    return Page(items=[RegisterView.of(shown, now) for shown in registers.items], next_cursor=registers.next_cursor)


@routes.get("/{register_id}", summary="Show a register", responses=problems({404: ["not-found", "register-not-found"]}))
async def show_one(register_id: RegisterId, clinic_id: ClinicId, caller: Reader, deps: Deps) -> RegisterView:
    """A register with its settings and its open day."""
    caller.enter(clinic_id)
    shown = await show_register(deps.store, clinic_id, register_id)
    return RegisterView.of(shown, await deps.now(clinic_id))


@routes.get("/{register_id}/waiting", summary="List waiting cash", responses=problems({404: ["not-found"]}))
async def list_waiting(
    register_id: RegisterId, clinic_id: ClinicId, caller: Reader, page: Paging, deps: Deps
) -> Page[Movement]:
    """Cash that no open day could take, oldest first: it goes to the next day that is opened in its currency."""
    caller.enter(clinic_id)
    waiting = await deps.store.waiting.page(clinic_id, register_id, page)
    return Page(items=[movement_view(cash) for cash in waiting.items], next_cursor=waiting.next_cursor)
