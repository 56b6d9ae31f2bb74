"""What every transition of a domain returns."""

from collections.abc import Callable
from typing import Generic, TypeVar

from kernel.value import value

S = TypeVar("S")
E = TypeVar("E")


@value
class Outcome(Generic[S, E]):
    """The state after a command, and what happened, in its order; nothing happened where `events` is empty."""

    state: S
    events: tuple[E, ...] = ()

    def then(self, step: "Callable[[S], Outcome[S, E]]") -> "Outcome[S, E]":
        """The state that the next step makes of this one, and the events of both."""
        following = step(self.state)
        return Outcome(following.state, (*self.events, *following.events))
