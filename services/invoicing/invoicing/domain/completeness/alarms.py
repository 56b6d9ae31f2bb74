"""The alarm for what nobody bills: raised once for each set of items, and once more when nothing is left of it."""

from collections.abc import Iterable
from datetime import datetime

from invoicing.domain.completeness.fates import Fate, ItemKey, LoggedSession, overdue
from kernel.ids import derived_id
from kernel.outcome import Outcome
from kernel.value import value


@value
class Alarm:
    """What the last alarm of a session named."""

    version: int = 0
    items: frozenset[ItemKey] = frozenset()


NO_ALARM = Alarm()


@value
class ItemsUnbilled:
    """These items of a session are unbilled for longer than the clinic's limit; none of them any more, where empty."""

    session: LoggedSession
    items: tuple[Fate, ...]
    version: int
    limit_hours: int
    at: datetime

    @property
    def alarm_id(self) -> str:
        return derived_id("unb", self.session.invoice_id)


def watch(
    last: Alarm, session: LoggedSession, found: Iterable[Fate], limit_hours: int, now: datetime
) -> Outcome[Alarm, ItemsUnbilled]:
    """The alarm of the session as of now; nothing happened where it names the same items as the last one."""
    late = overdue(session, found, limit_hours, now)
    items = frozenset(fate.item.key for fate in late)
    if items == last.items:
        return Outcome(last)
    alarm = Alarm(last.version + 1, items)
    return Outcome(alarm, (ItemsUnbilled(session, late, alarm.version, limit_hours, now),))
