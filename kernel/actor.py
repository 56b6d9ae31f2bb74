"""Who did it: a person by token, or the event that caused it; and what is kept of a change beside the change itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Who(Protocol):
    """A person, or the source of a consequence."""

    @property
    def actor_id(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def role(self) -> str: ...


class ChangeMade(Protocol):
    """Who changes what when, and why."""

    @property
    def at(self) -> datetime: ...
    @property
    def by(self) -> Who: ...
    @property
    def reason(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """`role` is a role of the token, or "system" for a consequence of an event (then the id names its source)."""

    actor_id: str
    name: str | None
    role: str


@dataclass(frozen=True, slots=True)
class Made:
    """A change that was made, for the journal."""

    at: datetime
    by: Actor
    reason: str | None = None


def system(source: str) -> Actor:
    """The actor of what happens by itself, as a consequence of `source`."""
    return Actor(actor_id=source, name=None, role="system")
