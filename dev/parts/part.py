"""What all embedded parts have in common: a folder, a port, and a child process that is ready once it answers."""

import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Self

from dev.parts.processes import Child, ChildFailed, free_port

STARTS_AGAIN_AFTER_S = (0.5, 1.0, 2.0)


class Part(ABC):
    """A server on a loopback port with its data in a folder; both stay the same when it starts again."""

    name: str
    ready_within_s: float = 60

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port or free_port()
        self.child = Child(self.name, [], self.folder / f"{self.name}.log")

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The command line, made anew for each start; may prepare the folder."""

    @abstractmethod
    def answer(self) -> object:
        """Asks something harmless once the port is open; raises what the client raises while there is no answer."""

    def start(self) -> Self:
        """Starts the process and waits until it answers; raises ChildFailed with the end of its log."""
        self.launch()
        self.await_answer()
        return self

    def await_answer(self) -> None:
        """Raises ChildFailed with the end of the log when the process ends first, or time is up."""
        self.child.wait_until(self._answer_on_open_port, self.ready_within_s)

    def launch(self) -> None:
        """Starts the process, and does not wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.child.command = list(self.command())
        self.child.start()

    def stop(self) -> None:
        self.child.stop()

    def kill(self) -> None:
        self.child.kill()

    def pause(self) -> None:
        self.child.pause()

    def resume(self) -> None:
        self.child.resume()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answer_on_open_port(self) -> object:
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        return self.answer()


@contextmanager
def running(parts: Sequence[Part]) -> Iterator[None]:
    """All of them, started at once; ended at the end, also when that comes while they start. Raises ChildFailed.

    Who is killed while it starts is started again; who ends by itself is not, since it would only end again.
    """
    over = Event()
    try:
        with ThreadPoolExecutor(len(parts)) as threads:
            starting = [threads.submit(_start, part, over) for part in parts]
            try:
                for start in starting:
                    start.result()
            except BaseException:
                # Who waits for an answer gives up at once; who started only just now is ended below.
                over.set()
                _stop(parts)
                raise
        yield
    finally:
        _stop(parts)


def _start(part: Part, over: Event) -> None:
    for pause_s in STARTS_AGAIN_AFTER_S:
        try:
            part.start()
            return
        except ChildFailed:
            code = part.child.exit_code
            if code is None or code >= 0 or over.wait(pause_s):
                raise
    part.start()


def _stop(parts: Sequence[Part]) -> None:
    with ThreadPoolExecutor(len(parts)) as threads:
        list(threads.map(lambda part: part.stop(), parts))
