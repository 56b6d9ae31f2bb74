"""What a measurement found, as a table and as a file that later benches add to."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dev.parts.databases import chosen_database

FILE = Path("var/bench.json")


@dataclass(frozen=True)
class Result:
    """`ratio` is rate / floor in the same run; `goal` says in words what is asked of it, `met` whether it is so."""

    name: str
    rate: float
    unit: str
    floor: float | None
    ratio: float | None
    goal: str
    met: bool | None = None


def show(console: Console, title: str, results: Sequence[Result]) -> None:
    """Prints one table."""
    table = Table(title=title, title_justify="left")
    for column in ("what", "rate", "unit", "floor", "ratio", "goal", ""):
        table.add_column(column, justify="right" if column in ("rate", "floor", "ratio") else "left")
    for r in results:
        mark = {True: "met", False: "MISSED", None: ""}[r.met]
        table.add_row(r.name, _number(r.rate), r.unit, _number(r.floor), _number(r.ratio), r.goal, mark)
    console.print(table)


def keep(results: Sequence[Result], file: Path = FILE) -> None:
    """Replaces results of the same names in the file, and leaves the others; each names the database it is of."""
    names = {r.name for r in results}
    before = [r for r in json.loads(file.read_text()) if r["name"] not in names] if file.exists() else []
    file.parent.mkdir(parents=True, exist_ok=True)
    found = [{**asdict(r), "database": str(chosen_database())} for r in results]
    file.write_text(json.dumps([*before, *found], indent=2) + "\n")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
