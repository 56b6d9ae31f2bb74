"""What is kept of a change beside the change itself."""

from datetime import datetime

from kernel.actor import Actor
from kernel.value import value


@value
class Change:
    """When something is changed, by whom, and why where a reason was given."""

    at: datetime
    by: Actor
    reason: str | None = None
