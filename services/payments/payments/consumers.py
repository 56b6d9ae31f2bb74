"""What the service hears: invoices, register days and clinics."""

from typing import Any, assert_never

from chassis.messaging.consumer import Batch
from contracts.cash_register import CashRecorded, DayClosed, RegisterDay
from contracts.invoicing import ClinicConfigured, Invoice
from payments.domain.registers.register_movement import RegisterMovement, RegisterMovementKind
from payments.replicas import ClinicReplica, DayReplica, InvoiceReplica
from payments.usecases.intake.follow_replicas import follow_clinics, follow_days, follow_invoices
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.registers.follow_registers import follow_registers


class Consumers:
    """Handlers of batches; see `chassis.messaging.consumer`."""

    def __init__(self, ledger: PaymentLedger) -> None:
        self._ledger = ledger

    async def on_invoices(self, batch: Batch[Invoice]) -> None:
        replicas = [InvoiceReplica.of(heard.event) for heard in batch]
        await follow_invoices(batch.unit, self._ledger, replicas)

    async def on_days(self, batch: Batch[RegisterDay]) -> None:
        await follow_days(batch.unit, self._ledger.store, [DayReplica.of(heard.event) for heard in batch])
        await follow_registers(batch.unit, self._ledger, [moved for heard in batch for moved in moved_in(heard.event)])

    async def on_clinics(self, batch: Batch[ClinicConfigured]) -> None:
        await follow_clinics(batch.unit, self._ledger.store, [ClinicReplica.of(heard.event) for heard in batch])


def moved_in(event: RegisterDay) -> list[RegisterMovement]:
    """What a register says of the cash of payments, and of what it brought to the bank."""
    if isinstance(event, DayClosed):
        if not event.deposit or not event.deposit.amount_minor:
            return []
        at = event.closed_at or event.changed_at
        return [_moved(event, f"{event.day_id}/close", "deposit", amount=-event.deposit, at=at)]
    if not isinstance(event, CashRecorded):
        return []
    movement, kind = event.movement, _kind(event)
    if kind is None:
        return []
    return [
        _moved(
            event,
            movement.movement_id,
            kind,
            amount=movement.amount,
            at=movement.at,
            payment_id=movement.payment_id,
            receipt_number=movement.receipt_number,
            counters=movement.counters,
        )
    ]


def _kind(event: CashRecorded) -> RegisterMovementKind | None:
    movement = event.movement
    match movement.kind:
        case "payment" | "refund":
            return movement.kind
        case "pay_in" | "pay_out":
            if movement.category != "bank_deposit":
                return None
            return "deposit" if movement.counters is None else "taken_back"
        case _:
            assert_never(movement.kind)


def _moved(event: RegisterDay, movement_id: str, kind: RegisterMovementKind, **fields: Any) -> RegisterMovement:
    return RegisterMovement(movement_id, event.clinic_id, event.register_id, event.date, kind, **fields)
