"""Patients as a search finds them."""

from collections.abc import Iterable
from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from contracts.money import Money
from contracts.values import Id, Text
from invoicing.api.schemas.common import Json, example
from invoicing.domain.invoice.invoice import PATIENT, CurrencyBalance
from invoicing.domain.patients.patient import Patient
from invoicing.domain.receivables.account import Account

PATIENT_EXAMPLE: Json = {
    "clinic_id": "clinic-berlin",
    "patient_id": "pat-77",
    "name": "Łucja Øster",
    "birth_date": "1984-02-29",
    "open": [{"amount_minor": 13_214, "currency": "EUR"}],
    "patient_open": [{"amount_minor": 5_714, "currency": "EUR"}],
}


class PatientView(BaseModel):
    """A patient of a clinic, and what is open on their account."""

    model_config = example(PATIENT_EXAMPLE)

    clinic_id: Id = Field(description="the clinic")
    patient_id: Id = Field(description="the patient")
    name: Text = Field(description="as the session says it that was completed last")
    birth_date: date | None = Field(description="date of birth; null: no session told it")
    open: list[Money] = Field(description="what is open on the account, insurers' parts included, by currency")
    patient_open: list[Money] = Field(description="what of it the patient owes, by currency")

    @classmethod
    def of(cls, patient: Patient, account: Account | None) -> Self:
        """Without an account nothing is open."""
        balances = () if account is None else account.balances
        return cls(
            clinic_id=patient.clinic_id,
            patient_id=patient.patient_id,
            name=patient.name,
            birth_date=patient.birth_date,
            open=_owed(known.open for known in balances),
            patient_open=_owed(_of_patient(known) for known in balances),
        )


def _owed(amounts: Iterable[Money]) -> list[Money]:
    return [amount for amount in amounts if amount.amount_minor]


def _of_patient(balance: CurrencyBalance) -> Money:
    """All of it, on an account from before payers were told apart."""
    if not balance.payers:
        return balance.open
    own = sum(payer.open.amount_minor for payer in balance.payers if payer.part == PATIENT)
    return Money(own, balance.open.currency)
