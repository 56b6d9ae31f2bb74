"""How far one of Stripe's lists is read, newest first and page by page: what was not read is never passed by."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """All that was made from `first` until before `since` is read; at `due_at` it is read on.

    `first` is None before the first page. A round that is under way began at `began_at`, and goes on behind `after`,
    the last thing that was read.
    """

    since: datetime
    due_at: datetime
    began_at: datetime | None = None
    after: str | None = None
    first: datetime | None = None

    def read(self, next_after: str | None, asked_at: datetime, every: timedelta) -> "ReadPosition":
        """A page that was asked for at `asked_at` is entered; the last one when nothing is `next_after`.

        What was made since the round began is at the top of the list, where it is not looked again: the next
        round starts from there.
        """
        began_at, first = self.began_at or asked_at, self.first or self.since
        if next_after is None:
            return ReadPosition(since=began_at, due_at=asked_at + every, first=first)
        return replace(self, due_at=asked_at, began_at=began_at, after=next_after, first=first)

    def unread(self, begin: datetime, end: datetime) -> datetime | None:
        """From when on something of that time may not be read yet, None when all is."""
        if self.first is None or begin < self.first:
            return begin
        start = max(begin, self.since)
        return start if start < end else None

    def put_off(self, until: datetime) -> "ReadPosition":
        """It could not be read; nothing is passed by."""
        return replace(self, due_at=until)
