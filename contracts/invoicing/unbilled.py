"""What nobody is asked for money for: said on `invoicing.accounts`."""

from typing import ClassVar, Literal

from contracts.envelope import Event, account_key
from contracts.values import ActorRef, Id, Quantity, Time, Value


class UnbilledItem(Value):
    """A procedure or material that nobody is asked for money for, and nobody decided about.

    `drafted`: priced, on a draft; `unpriced`; `proposed`: awaits a person's word; `missing`: on no invoice.
    """

    kind: Literal["procedure", "material"]
    source_id: Id
    code: Id
    quantity: Quantity
    state: Literal["drafted", "unpriced", "proposed", "missing"]


class ItemsUnbilled(Event):
    """Of a session that ended longer ago than the clinic's limit, these items are unbilled; none when it was settled.

    Said once for each set of items. `invoice_id` is the id that the session's invoice has, or would have.
    """

    TYPE: ClassVar[str] = "invoicing.items-unbilled.v1"
    alarm_id: Id
    invoice_id: Id
    clinic_id: Id
    patient_id: Id
    session_id: Id
    version: int
    completed_at: Time
    limit_hours: int
    items: tuple[UnbilledItem, ...]
    changed_at: Time
    changed_by: ActorRef

    @property
    def subject(self) -> str:
        return self.alarm_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)
