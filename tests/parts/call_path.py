"""The way of one piece of work through the modules of the project, told by the calls that Python makes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

OURS = ("invoicing", "chassis", "contracts", "kernel")
LAYERS = ("consumers", "usecases", "store", "publishing", "domain", "chassis", "contracts", "kernel")
"""Of a service, and what it stands on: each may call those after it."""


class Crossing(NamedTuple):
    """A call from one module into another."""

    caller: str
    callee: str


class CallPath:
    """Modules of ours that were entered, and calls from one to another, in their order.

    Generated constructors are no call, and a coroutine that goes on is none either.
    """

    def __init__(self) -> None:
        self.rooms: list[str] = []
        self.crossings: list[Crossing] = []
        self._outside: dict[int, FrameType] = {}
        self._known: dict[int, FrameType] = {}

    @contextmanager
    def followed(self) -> Iterator[None]:
        """What is called in there; what runs already is no part of it."""
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            self._outside[id(frame)] = frame
            frame = frame.f_back
        sys.setprofile(self._on_event)
        try:
            yield
        finally:
            sys.setprofile(None)
            self._known.clear()
            self._outside.clear()

    @property
    def upward(self) -> list[Crossing]:
        """Different calls from a layer to one above it."""
        return [c for c in dict.fromkeys(self.crossings) if _layer(c.callee) < _layer(c.caller)]

    @property
    def returns(self) -> list[Crossing]:
        """Different calls by which the path came back into a module that it had left."""
        found: dict[Crossing, None] = {}
        been, last = {self.rooms[0]}, self.rooms[0]
        for crossing in self.crossings:
            if crossing.callee != last and crossing.callee in been:
                found[crossing] = None
            last = crossing.callee
            been.add(last)
        return list(found)

    def _on_event(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call" or id(frame) in self._known or id(frame) in self._outside or (room := _room(frame)) is None:
            return
        self._known[id(frame)] = frame
        if room not in self.rooms:
            self.rooms.append(room)
        caller = self._caller(frame)
        if caller is not None and caller != room:
            self.crossings.append(Crossing(caller, room))

    def _caller(self, frame: FrameType) -> str | None:
        outer = frame.f_back
        while outer is not None and id(outer) not in self._outside:
            if (room := _room(outer)) is not None:
                return room
            outer = outer.f_back
        return None


def _room(frame: FrameType) -> str | None:
    name = str(frame.f_globals.get("__name__", ""))
    ours = name.partition(".")[0] in OURS and frame.f_code.co_filename != "<string>"
    return name if ours else None


def _layer(room: str) -> int:
    top, _, rest = room.partition(".")
    return LAYERS.index(rest.partition(".")[0] if top == "invoicing" else top)
