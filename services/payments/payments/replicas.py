"""What is kept of other services' events: only what this service has a use for, so no names and no treatments."""

from datetime import date
from typing import Self

from pydantic import computed_field

from contracts.cash_register import RegisterDay
from contracts.envelope import Event
from contracts.invoicing import ClinicConfigured, Invoice, InvoiceStatus
from contracts.money import Currency, Money
from contracts.payments import Payer
from contracts.values import Id, Text, Time, TimeZone, Value
from payments.domain.bank.clues import key_of
from payments.domain.intake.open_items import RegisterDayStatus

PARTS: tuple[Payer, ...] = ("patient", "insurer")


class Totals(Value):
    """Of an invoice."""

    due: Money


class Allocation(Value):
    """What a payment counts towards an invoice."""

    payment_id: Id
    amount: Money
    part: Payer = "patient"
    payer_id: Id | None = None


class PayerShare(Value):
    """What one payer owes of an invoice still, by invoicing's books."""

    part: Payer
    payer_id: Id | None = None
    open: Money


class InsuranceSplit(Value):
    """What the insurer and the patient have to pay of an invoice."""

    insurer_part: Money
    patient_part: Money


class Instalment(Value):
    """One part of a plan."""

    number: int
    due_on: date
    amount: Money


class InvoiceReplica(Event):
    """An invoice, as far as taking money for it goes."""

    invoice_id: Id
    clinic_id: Id
    patient_id: Id
    version: int
    status: InvoiceStatus
    currency: Currency
    totals: Totals
    allocations: tuple[Allocation, ...]
    number: Text | None
    payment_reference: Text | None
    finalized_at: Time | None
    insurance: InsuranceSplit | None
    instalments: tuple[Instalment, ...]
    due_on: date | None
    payers: tuple[PayerShare, ...] = ()

    @classmethod
    def of(cls, event: Invoice) -> Self:
        return cls.model_validate(event, from_attributes=True)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def number_key(self) -> str | None:
        """The number as it is looked for in the text of a transfer."""
        return None if self.number is None else key_of(self.number)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def patient_key(self) -> str:
        """The patient's number as it is looked for in the text of a transfer."""
        return key_of(self.patient_id)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def open_parts(self) -> tuple[int, ...]:
        """What each payer owes of a final invoice by invoicing's books, in minor units: what a transfer may be."""
        due = self.totals.due.amount_minor
        if self.status != "finalized":
            return ()
        if self.insurance is None:
            return (due,)
        if self.payers:
            return tuple(share.open.amount_minor for share in self.payers)
        paid = {part: sum(a.amount.amount_minor for a in self.allocations if a.part == part) for part in PARTS}
        wholes = zip(PARTS, (self.insurance.patient_part, self.insurance.insurer_part), strict=True)
        return tuple(min(whole.amount_minor - paid[part], due) for part, whole in wholes)

    @property
    def clues(self) -> list[str]:
        """What a transfer that came before the invoice may have named it by."""
        return [clue for clue in (self.payment_reference, self.number_key) if clue]

    @property
    def subject(self) -> str:
        return self.invoice_id


class DayReplica(Event):
    """A register's day, as far as putting cash into it goes."""

    day_id: Id
    clinic_id: Id
    register_id: Id
    date: date
    version: int
    status: RegisterDayStatus
    currency: Currency

    @classmethod
    def of(cls, event: RegisterDay) -> Self:
        return cls.model_validate(event, from_attributes=True)

    @property
    def subject(self) -> str:
        return self.day_id


class ClinicReplica(Event):
    """What a clinic's profile says of the place."""

    clinic_id: Id
    version: int
    time_zone: TimeZone

    @classmethod
    def of(cls, event: ClinicConfigured) -> Self:
        return cls.model_validate(event, from_attributes=True)

    @property
    def subject(self) -> str:
        return self.clinic_id
