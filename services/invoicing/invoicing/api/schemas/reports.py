"""Reports on what is owed."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from chassis.database.paging import Page
from contracts.invoicing import Part
from contracts.money import Money
from contracts.values import Id, Text
from invoicing.api.schemas.common import Json, example


def _eur(amount_minor: int) -> Json:
    return {"amount_minor": amount_minor, "currency": "EUR"}


_NOTHING = dict.fromkeys(("days_31_60", "days_61_90", "days_over_90"), _eur(0))
_SHARES: list[Json] = [
    {"part": "patient", "current": _eur(3214), "days_1_30": _eur(5000), **_NOTHING, "total": _eur(8214)},
    {
        **{"part": "insurer", "payer_id": "payer-aok", "payer_name": "AOK", "current": _eur(10000)},
        **{"days_1_30": _eur(0), **_NOTHING, "total": _eur(10000)},
    },
]
_AGED: Json = {
    **{"current": _eur(13214), "days_1_30": _eur(5000), **_NOTHING, "total": _eur(18214)},
    "payers": _SHARES,
}


class AgedShareView(BaseModel):
    """What one payer owes in one currency by the days since it was due; `total` is the sum."""

    model_config = ConfigDict(from_attributes=True)

    part: Part = Field(description="the patient, or an insurer")
    payer_id: Id | None = Field(default=None, description="the insurer; null for the patient")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    current: Money = Field(description="not due yet, or due on that day")
    days_1_30: Money = Field(description="due 1 to 30 days before")
    days_31_60: Money = Field(description="due 31 to 60 days before")
    days_61_90: Money = Field(description="due 61 to 90 days before")
    days_over_90: Money = Field(description="due more than 90 days before")
    total: Money = Field(description="the sum of all of these")


class AgedView(BaseModel):
    """What is open in one currency by the days since it was due; `total` is the sum."""

    model_config = ConfigDict(from_attributes=True)

    current: Money = Field(description="not due yet, or due on that day")
    days_1_30: Money = Field(description="due 1 to 30 days before")
    days_31_60: Money = Field(description="due 31 to 60 days before")
    days_61_90: Money = Field(description="due 61 to 90 days before")
    days_over_90: Money = Field(description="due more than 90 days before")
    total: Money = Field(description="the sum of all of these")
    payers: list[AgedShareView] = Field(description="who owes it: patients first, then each insurer; they sum to it")


class AgedAccount(BaseModel):
    """What one patient owes, for each currency."""

    account_id: Id = Field(description="the patient's account at the clinic, `acc_…`")
    patient_id: Id = Field(description="the patient")
    receivables: list[AgedView] = Field(description="one entry for each currency")


class ReceivablesPage(Page[AgedAccount]):
    """Accounts with something open, by account id. `totals` are of the whole clinic, on the first page only."""

    model_config = example(
        {
            "items": [{"account_id": "acc_7c2d9e10", "patient_id": "pat-77", "receivables": [_AGED]}],
            "next_cursor": None,
            "clinic_id": "clinic-berlin",
            "as_of": "2026-11-30",
            "totals": [_AGED],
        }
    )

    clinic_id: Id = Field(description="the clinic")
    as_of: date = Field(description="the day that ages are counted to")
    totals: list[AgedView] | None = Field(
        default=None, description="of the whole clinic, for each currency; null but on the first page"
    )
