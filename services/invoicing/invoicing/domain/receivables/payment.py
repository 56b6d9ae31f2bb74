"""Payments as invoicing knows them."""

from datetime import datetime

from invoicing.domain.invoice.invoice import PATIENT, PayingPart
from kernel.value import value


@value
class ReceivedPayment:
    """A payment as invoicing knows it; `settled_minor` is what counts, after refunds and disputes.

    `part` says who paid: the patient or their insurer, `payer_id` which insurer, where it is known.
    """

    payment_id: str
    clinic_id: str
    patient_id: str
    invoice_id: str | None
    settled_minor: int
    currency: str
    method: str
    received_at: datetime
    part: PayingPart = PATIENT
    payer_id: str | None = None
