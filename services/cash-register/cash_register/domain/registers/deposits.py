"""What was paid ahead of any invoice, and goes to one after its Z report: the register's next one tells of that."""

from collections.abc import Iterable
from dataclasses import dataclass

from cash_register.domain.exports.heard import CashAllocation
from cash_register.domain.exports.receipts import Origin
from cash_register.domain.registers.takings import Allocated, Taking
from kernel.actor import Actor
from kernel.ids import derived_id
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class ReportedPayment:
    """A payment that a Z report tells of: of which register, in which currency, and what was known of it then."""

    register_id: str
    currency: str
    origin: Origin

    def tells_of(self, allocation: CashAllocation) -> bool:
        return allocation.invoice_number in {part.invoice_number for part in self.origin.allocated}

    def use(self, allocation: CashAllocation, before: Iterable[Taking], by: Actor) -> Taking | None:
        """What of the deposit goes to this invoice; None where nothing is left of it.

        `before` is what of it was used.
        """
        spent_minor = sum(taking.used.amount_minor for taking in before if taking.used is not None)
        used_minor = min(allocation.amount_minor, self.origin.ahead_minor - spent_minor)
        if used_minor <= 0:
            return None
        return Taking(
            taking_id=use_id(allocation),
            clinic_id=allocation.clinic_id,
            register_id=self.register_id,
            kind="deposit_used",
            method="none",
            amount=Money(0, self.currency),
            payment_id=allocation.payment_id,
            used=Allocated(allocation.invoice_number, used_minor, allocation.taxed),
            at=allocation.at,
            by=by,
        )


def use_id(allocation: CashAllocation) -> str:
    """A payment is used for an invoice once."""
    return derived_id("mov", "used", allocation.key)
