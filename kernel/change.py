"""What is kept of a change beside the change itself."""

from dataclasses import dataclass
from datetime import datetime

from kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Change:
    """When something is changed, by whom, and why where a reason was given."""

    at: datetime
    by: Actor
    reason: str | None = None
