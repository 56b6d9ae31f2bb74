"""What a clinic decides about its mail."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from documents.domain.deliveries.quiet_hours import QuietHours

DeliverAs = Literal["attachment", "link"]


@dataclass(frozen=True, slots=True)
class SendingSettings:
    """Version 0 are the defaults, where nobody set any: nothing is sent by itself, and documents are attached.

    `reminder_days`: how many days after the due date each reminder is sent; none: nobody is reminded. What was issued
    before `invoices_since` or `receipts_since` is not sent: the setting holds for what comes.
    """

    clinic_id: str
    version: int = 0
    send_invoices: bool = False
    send_receipts: bool = False
    deliver_as: DeliverAs = "attachment"
    link_days: int = 30
    reminder_days: tuple[int, ...] = ()
    quiet: QuietHours = field(default_factory=QuietHours)
    invoices_since: datetime | None = None
    receipts_since: datetime | None = None

    def sends_invoice_of(self, issued_at: datetime | None) -> bool:
        return self.send_invoices and _is_after(issued_at, self.invoices_since)

    def sends_receipt_of(self, paid_at: datetime | None) -> bool:
        return self.send_receipts and _is_after(paid_at, self.receipts_since)


def changed(before: SendingSettings, wanted: SendingSettings, at: datetime) -> SendingSettings:
    """What is switched on holds from now on; what was on already, since it was."""
    return replace(
        wanted,
        version=before.version + 1,
        invoices_since=_since(before.send_invoices, wanted.send_invoices, before.invoices_since, at),
        receipts_since=_since(before.send_receipts, wanted.send_receipts, before.receipts_since, at),
    )


def _since(was: bool, is_: bool, since: datetime | None, at: datetime) -> datetime | None:
    if not is_:
        return None
    return since if was else at


def _is_after(moment: datetime | None, since: datetime | None) -> bool:
    return moment is not None and since is not None and moment >= since
