"""What cash-register is told of invoices and clinics."""

from uuid import uuid4

from contracts.invoicing import ClinicConfigured, Invoice, InvoicePaid
from contracts.samples import SAMPLES
from kernel.clock import utc_now
from kernel.money import Money
from tests.integration.cash_register.till import TAKEN


def paid_in_cash(clinic_id: str, payment_id: str, amount_minor: int) -> Invoice:
    """An invoice that a cash payment of the register went to, told in time for the close."""
    paid = SAMPLES[InvoicePaid.TYPE].event
    assert isinstance(paid, Invoice)
    allocation = paid.allocations[0].model_copy(
        update={"payment_id": payment_id, "method": "cash", "amount": Money(amount_minor, "EUR")}
    )
    changed = {"invoice_id": f"inv_{uuid4().hex}", "clinic_id": clinic_id, "allocations": (allocation,)}
    return paid.model_copy(update=changed | {"changed_at": utc_now()})


def in_berlin(clinic_id: str) -> ClinicConfigured:
    return ClinicConfigured.model_validate(
        {
            "clinic_id": clinic_id,
            "version": 1,
            "name": "Praxis",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "changed_at": TAKEN,
            "changed_by": {"actor_id": "usr-manager", "role": "billing_manager"},
        }
    )
