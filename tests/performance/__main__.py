"""`make bench`: measures on fresh embedded parts, prints the tables, and keeps them in var/bench.json."""

import argparse

from rich.console import Console

from tests.performance.drafting import growth, scaling, throughput
from tests.performance.latency import latency
from tests.performance.memory import memory
from tests.performance.report import Result, keep, show
from tests.performance.where import where


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of session completed -> draft stored and published")
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, to see that it runs")
    parser.add_argument("--only", choices=("throughput", "latency", "scaling", "growth", "memory"), nargs="*")
    asked = parser.parse_args()
    scale = 10 if asked.quick else 1
    console = Console()
    everything: list[Result] = []

    def section(name: str, title: str, results: list[Result]) -> None:
        show(console, title, results)
        keep(results)
        everything.extend(results)

    wanted = asked.only or ("throughput", "latency", "scaling", "growth", "memory")
    if "throughput" in wanted:
        results = throughput(1 if asked.quick else 5, 10_000 // scale, 300 // scale + 20)
        section("throughput", "Session completed -> draft stored and published", results)
        section("where", "Where our CPU goes", where(next(r.rate for r in results if r.name == "draft CPU")))
    if "latency" in wanted:
        section("latency", "From publishing a session to its draft on the topic", latency(30 // scale + 2))
    if "scaling" in wanted:
        section("scaling", "Two invoicing processes, two partitions each", scaling(10_000 // scale))
    if "growth" in wanted:
        section("growth", "A large backlog", growth(10_000 // scale, 100_000 // scale))
    if "memory" in wanted:
        section("memory", "Memory of the services", memory(100_000 // scale))
    missed = [r.name for r in everything if r.met is False]
    console.print(
        f"{len(everything)} figures, {len(missed)} short of their goal{': ' if missed else ''}{', '.join(missed)}"
    )


if __name__ == "__main__":
    main()
