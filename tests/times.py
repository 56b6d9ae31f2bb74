"""Where the time of a run went: `python -m tests.times build/tests.xml` prints the slowest files and tests.

A test's time has its set-up in it; a service that a folder shares counts for the test that asked for it first.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

Measured = tuple[str, str, float]
"""File, test, seconds."""


def measured(report: Path) -> Iterator[Measured]:
    for case in ElementTree.parse(report).iter("testcase"):
        yield case.attrib["classname"], case.attrib["name"], float(case.attrib["time"])


def lines(tests: list[Measured], most: int) -> Iterator[str]:
    """The slowest first."""
    files: dict[str, list[float]] = {}
    for file, _, took in tests:
        files.setdefault(file, []).append(took)
    yield f"{sum(took for *_, took in tests):8.1f} s in {len(tests)} tests of {len(files)} files, all workers together"
    yield ""
    for file, times in sorted(files.items(), key=lambda item: -sum(item[1]))[:most]:
        yield f"{sum(times):8.1f} s {len(times):5} tests  {file}"
    yield ""
    for file, name, took in sorted(tests, key=lambda test: -test[2])[:most]:
        yield f"{took:8.1f} s  {file}::{name}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Prints the slowest files and tests of a run")
    parser.add_argument("report", type=Path, help="the JUnit report of the run")
    parser.add_argument("--most", type=int, default=30, help="how many of each")
    options = parser.parse_args()
    print("\n".join(lines(list(measured(options.report)), options.most)))


if __name__ == "__main__":
    main()
