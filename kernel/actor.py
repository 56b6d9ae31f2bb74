"""Who did it: a person by their token, or the event that caused it."""

from kernel.value import value


@value
class Actor:
    """`role` is a role of the token, or "system" for a consequence of an event (then the id names its source)."""

    actor_id: str
    name: str | None
    role: str


def system(source: str) -> Actor:
    """The actor of what happens by itself, as a consequence of `source`."""
    return Actor(actor_id=source, name=None, role="system")
