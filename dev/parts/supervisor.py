"""Starts parts again that end by themselves, and says so; nothing else ends with them."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread

from dev.parts.part import Part
from dev.parts.processes import ChildFailed

LOOK_EVERY_S = 0.2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
WELL_AFTER_S = 60.0
"""Who has run for so long is not in a loop: the next pause is the first again."""

Tell = Callable[[str], None]


class Supervisor:
    """One thread a part. The pause before each start doubles while the part keeps ending.

    After a part of `forgetful` ended, the `tellers` start anew as well: what it may have lost, they say again.
    """

    def __init__(
        self, parts: Sequence[Part], tell: Tell, *, forgetful: Collection[Part] = (), tellers: Sequence[Part] = ()
    ) -> None:
        self._parts = parts
        self._tell = tell
        self._forgetful = forgetful
        self._tellers = tellers
        self._over = Event()
        self._launching = Lock()

    def start(self) -> None:
        for part in self._parts:
            Thread(target=self._watch, args=(part,), name=f"watch-{part.name}", daemon=True).start()

    def stop(self) -> None:
        """Nothing is started from now on; who waits for an answer gives up when its part is stopped."""
        with self._launching:
            self._over.set()

    def _watch(self, part: Part) -> None:
        pause_s = FIRST_PAUSE_S
        began = time.monotonic()
        while not self._over.wait(LOOK_EVERY_S):
            if part.child.running:
                continue
            if time.monotonic() - began > WELL_AFTER_S:
                pause_s = FIRST_PAUSE_S
            self._tell(f"{part.name} ended with {part.child.exit_code}: it starts again in {pause_s:g} s")
            if self._over.wait(pause_s):
                return
            pause_s, began = min(2 * pause_s, LONGEST_PAUSE_S), time.monotonic()
            self._start(part)

    def _start(self, part: Part) -> None:
        try:
            if not self._launch(part):
                return
            part.await_answer()
        except ChildFailed as failed:
            if not self._over.is_set():
                why = str(failed).partition("\n")[0].rstrip(":")
                self._tell(f"{why}; its log: {part.child.log}")
            return
        self._tell(f"{part.name} is back")
        if part in self._forgetful:
            self._say_anew(part)

    def _launch(self, part: Part) -> bool:
        with self._launching:
            if not self._over.is_set():
                part.launch()
            return not self._over.is_set()

    def _say_anew(self, part: Part) -> None:
        """They end, and their own threads start them again."""
        self._tell(f"{part.name} may have lost its last second: the services start again, and say it anew")
        for teller in self._tellers:
            if not self._over.is_set():
                teller.kill()


@contextmanager
def supervised(
    parts: Sequence[Part], tell: Tell, *, forgetful: Collection[Part] = (), tellers: Sequence[Part] = ()
) -> Iterator[None]:
    """While the body runs."""
    supervisor = Supervisor(parts, tell, forgetful=forgetful, tellers=tellers)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()
