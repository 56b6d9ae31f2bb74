"""What mail systems report of a mail that was handed over: delivery status notifications (RFC 3464)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]
"""RFC 3464, 2.3.3."""


@dataclass(frozen=True, slots=True)
class Report:
    """`status` is an enhanced code (RFC 3463) as `5.1.1`, `answer` the diagnosis without any address.

    `report_id` is equal for the same notification, however often it is handed in.
    """

    report_id: str
    at: datetime
    action: Action
    status: str | None
    answer: str | None
