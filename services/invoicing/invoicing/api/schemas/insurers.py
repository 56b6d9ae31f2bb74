"""The report on what insurers owe."""

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from chassis.database.paging import Page
from contracts.invoicing import Credit
from contracts.money import Money
from contracts.values import Id, Text
from invoicing.api.schemas.common import Json, example
from invoicing.domain.receivables.insurers import InsurerTotal
from kernel import money as kernel


def _eur(amount_minor: int) -> Json:
    return {"amount_minor": amount_minor, "currency": "EUR"}


class InsurerInvoiceView(BaseModel):
    """What one insurer owes of one invoice."""

    model_config = ConfigDict(from_attributes=True)

    payer_id: Id | None = Field(description="the insurer")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    invoice_id: Id = Field(description="the invoice")
    number: Text = Field(description="its number")
    due_on: date | None = Field(default=None, description="when it is due")
    open: Money = Field(description="what the insurer owes of it")
    overdue: Money | None = Field(default=None, description="the part of it that is overdue")


class InsurerAccount(BaseModel):
    """What insurers owe for one patient, and what of their payments for them no invoice uses."""

    model_config = ConfigDict(from_attributes=True)

    account_id: Id = Field(description="the patient's account at the clinic, `acc_…`")
    patient_id: Id = Field(description="the patient")
    invoices: list[InsurerInvoiceView] = Field(description="what is open of which invoice, the oldest first")
    credits: list[Credit] = Field(description="what is left of which payment of an insurer")


class InsurerTotalView(BaseModel):
    """What one insurer owes in one currency."""

    payer_id: Id | None = Field(description="the insurer; null for payments of an insurer of whom nobody said which")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    invoices: int = Field(description="of how many invoices they owe something")
    open: Money = Field(description="what they owe")
    overdue: Money = Field(description="the part of it that is overdue")
    credit: Money = Field(description="what is left of their payments; it goes back to them")

    @classmethod
    def of(cls, row: InsurerTotal) -> Self:
        """The row, with its amounts as money."""
        names = ("open", "overdue", "credit")
        amounts = {name: kernel.Money(getattr(row, f"{name}_minor"), row.currency) for name in names}
        return cls(payer_id=row.payer_id, payer_name=row.payer_name, invoices=row.invoices, **amounts)


class InsurersPage(Page[InsurerAccount]):
    """Accounts on which an insurer owes something or has credit, by account id.

    `totals` are each insurer's at the whole clinic, on the first page only.
    """

    model_config = example(
        {
            "items": [
                {
                    "account_id": "acc_7c2d9e10",
                    "patient_id": "pat-77",
                    "invoices": [
                        {
                            "payer_id": "payer-aok",
                            "payer_name": "AOK",
                            "invoice_id": "inv_a7c1",
                            "number": "berlin-2026-000017",
                            "due_on": "2026-12-04",
                            "open": _eur(7500),
                            "overdue": _eur(0),
                        }
                    ],
                    "credits": [],
                }
            ],
            "next_cursor": None,
            "clinic_id": "clinic-berlin",
            "as_of": "2026-11-30",
            "totals": [
                {
                    "payer_id": "payer-aok",
                    "payer_name": "AOK",
                    "invoices": 1,
                    "open": _eur(7500),
                    "overdue": _eur(0),
                    "credit": _eur(0),
                }
            ],
        }
    )

    clinic_id: Id = Field(description="the clinic")
    as_of: date = Field(description="the day on which `overdue` is counted")
    totals: list[InsurerTotalView] | None = Field(
        default=None, description="of the whole clinic, for each insurer and currency; null but on the first page"
    )
