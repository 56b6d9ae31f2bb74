"""What nobody is asked for money for: said on `invoicing.accounts`."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.envelope import Event, account_key
from contracts.values import ChangedBy, Id, Quantity, Time, Value


class UnbilledItem(Value):
    """A procedure or material that nobody is asked for money for, and nobody decided about.

    `drafted`: priced, on a draft; `unpriced`; `proposed`: awaits a person's word; `missing`: on no invoice.
    """

    kind: Literal["procedure", "material"] = Field(description="what it is")
    source_id: Id = Field(description="the procedure or material of the session")
    code: Id = Field(description="what was done or used")
    quantity: Quantity = Field(description="how many of it nobody is billed for")
    state: Literal["drafted", "unpriced", "proposed", "missing"] = Field(description="what became of it so far")


class ItemsUnbilled(Event):
    """Of a session that ended longer ago than the clinic's limit, these items are unbilled; none when it was settled.

    Said once for each set of items. `invoice_id` is the id that the session's invoice has, or would have.
    """

    TYPE: ClassVar[str] = "invoicing.items-unbilled.v1"
    alarm_id: Id = Field(description="derived from the session")
    invoice_id: Id = Field(description="the id that the session's invoice has, or would have")
    clinic_id: Id = Field(description="the clinic that loses the money")
    patient_id: Id = Field(description="who was treated")
    session_id: Id = Field(description="the session")
    version: int = Field(description="one more with each set of items, from 1")
    completed_at: Time = Field(description="when the session ended")
    limit_hours: int = Field(description="the clinic's limit")
    items: tuple[UnbilledItem, ...] = Field(description="what is unbilled; none when all was settled")
    changed_at: Time = Field(description="when this was found")
    changed_by: ChangedBy

    @property
    def subject(self) -> str:
        return self.alarm_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)
