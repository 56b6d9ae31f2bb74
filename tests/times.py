"""Where the time of a run went: `python -m tests.times build/tests.xml` prints the dearest files and tests.

CPU is that of the worker and of all that came of it, services included: a service that runs costs also while it rests.
What is not CPU is waiting, for what a test waits for and on a busy machine for a processor. The set-up is that of what
a folder shares as well: it counts for the test that asked for it first.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from xml.etree import ElementTree

from tests.parts.cpu import PHASES


@dataclass(frozen=True)
class Measured:
    """One test; times in seconds, CPU by phase, and 0 in a report that has none."""

    file: str
    name: str
    took: float
    cpu: tuple[float, ...] = (0.0,) * len(PHASES)

    @property
    def spent(self) -> float:
        return sum(self.cpu)


def measured(report: Path) -> Iterator[Measured]:
    for case in ElementTree.parse(report).iterfind(".//testcase[@classname]"):
        noted = {noted.attrib["name"]: float(noted.attrib["value"]) for noted in case.iter("property")}
        cpu = tuple(noted.get(f"cpu-{phase}", 0.0) for phase in PHASES)
        yield Measured(case.attrib["classname"], case.attrib["name"], float(case.attrib["time"]), cpu)


def lines(tests: list[Measured], most: int) -> Iterator[str]:
    """The dearest first."""
    files: dict[str, list[Measured]] = {}
    for test in tests:
        files.setdefault(test.file, []).append(test)
    yield f"{len(tests)} tests of {len(files)} files, all workers together; in seconds"
    yield _row("took", "CPU", *PHASES, "")
    yield _row(*_sums(tests), "all")
    by_file = sorted(((_sums(of_file), f"{file} ({len(of_file)})") for file, of_file in files.items()), reverse=True)
    yield from (_row(*sums, file) for sums, file in by_file[:most])
    yield ""
    dearest = sorted(tests, key=attrgetter("took"), reverse=True)
    yield from (_row(*_sums([test]), f"{test.file}::{test.name}") for test in dearest[:most])


def _sums(tests: list[Measured]) -> tuple[float, ...]:
    by_phase = zip(*(test.cpu for test in tests), strict=True)
    return (sum(test.took for test in tests), sum(test.spent for test in tests), *map(sum, by_phase))


def _row(*cells: float | str) -> str:
    return " ".join(f"{cell:>8.1f}" if isinstance(cell, float) else f"{cell:>8}" for cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description="Prints the dearest files and tests of a run")
    parser.add_argument("report", type=Path, help="the JUnit report of the run")
    parser.add_argument("--most", type=int, default=30, help="how many of each")
    options = parser.parse_args()
    print("\n".join(lines(list(measured(options.report)), options.most)))


if __name__ == "__main__":
    main()
