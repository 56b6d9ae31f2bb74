"""Where the morning is shown: live in a terminal, line by line anywhere else."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

LAST_LINES = 12


class Stage(Protocol):
    """A chapter begins; things happen in it."""

    def chapter(self, title: str, steps: int) -> None: ...

    def tell(self, line: str, *, step: bool = True) -> None: ...


@contextmanager
def stage(console: Console, title: str) -> Iterator[Stage]:
    """The one that fits the console."""
    if not console.is_terminal:
        console.print(title, markup=False)
        yield PlainStage(console)
        return
    shown = LiveStage(title)
    with Live(shown, console=console, refresh_per_second=8):
        yield shown
        shown.end()


class PlainStage:
    """For a log file: one line for everything that happens."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def chapter(self, title: str, steps: int) -> None:
        self._console.print(f"- {title}", markup=False, highlight=False)

    def tell(self, line: str, *, step: bool = True) -> None:
        self._console.print(f"    {line}", markup=False, highlight=False)


@dataclass
class _Chapter:
    title: str
    steps: int
    began: float
    done: int = 0
    ended: float | None = None
    spinner: Spinner = field(default_factory=lambda: Spinner("dots", style="cyan"))

    def row(self) -> tuple[RenderableType, ...]:
        mark: RenderableType = Text("✓", "green") if self.ended else self.spinner
        took = (self.ended or time.monotonic()) - self.began
        bar = ProgressBar(total=max(self.steps, 1), completed=self.done, width=24)
        return mark, self.title, bar, f"{self.done}/{self.steps}", f"{took:.1f} s"


class LiveStage:
    """The chapters with their progress, and the last lines of what happens."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._chapters: list[_Chapter] = []
        self._lines: deque[str] = deque(maxlen=LAST_LINES)

    def chapter(self, title: str, steps: int) -> None:
        self.end()
        self._chapters.append(_Chapter(title, steps, time.monotonic()))

    def tell(self, line: str, *, step: bool = True) -> None:
        self._lines.append(line)
        if step:
            self._chapters[-1].done += 1

    def end(self) -> None:
        """The last chapter is over."""
        if self._chapters:
            self._chapters[-1].ended = time.monotonic()

    def __rich__(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for chapter in list(self._chapters):
            table.add_row(*chapter.row())
        lines = Text("\n".join(self._lines), no_wrap=True, overflow="ellipsis")
        return Group(
            Panel(table, title=self._title, title_align="left", border_style="cyan"),
            Panel(lines, height=LAST_LINES + 2, border_style="dim"),
        )
