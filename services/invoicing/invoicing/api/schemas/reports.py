"""Reports, as the HTTP API shows them."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from chassis.database.paging import Page
from contracts.money import Money
from contracts.values import Id


class AgedView(BaseModel):
    """What is open in one currency by the days since it was due; `total` is the sum."""

    model_config = ConfigDict(from_attributes=True)

    current: Money
    days_1_30: Money
    days_31_60: Money
    days_61_90: Money
    days_over_90: Money
    total: Money


class AgedAccount(BaseModel):
    """What one patient owes, for each currency."""

    account_id: Id
    patient_id: Id
    receivables: list[AgedView]


class ReceivablesPage(Page[AgedAccount]):
    """Accounts with something open, by account id. `totals` are of the whole clinic, on the first page only."""

    clinic_id: Id
    as_of: date
    totals: list[AgedView] | None = None
