"""`make bench`: measures on fresh embedded parts, prints the tables, and keeps them in var/bench.json."""

import argparse

from rich.console import Console

from dev.parts.databases import chosen_database
from tests.performance.bank import bank
from tests.performance.documents import documents
from tests.performance.drafting import growth, scaling, throughput
from tests.performance.finalizing import finalizing
from tests.performance.history import history
from tests.performance.idle import idle
from tests.performance.inspection import inspection
from tests.performance.latency import latency
from tests.performance.listing import listing
from tests.performance.memory import memory
from tests.performance.patients import patients
from tests.performance.register import register
from tests.performance.rendering import rendering
from tests.performance.report import Result, keep, show
from tests.performance.serving import serving
from tests.performance.settling import settling
from tests.performance.webhooks import webhooks
from tests.performance.where import where

SECTIONS = (
    "throughput",
    "latency",
    "scaling",
    "growth",
    "settling",
    "finalize-together",
    "listing",
    "patients",
    "webhooks",
    "bank",
    "register",
    "memory",
    "documents",
    "idle",
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of sessions becoming drafts, and of what follows")
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, to see that it runs")
    parser.add_argument("--only", choices=SECTIONS, nargs="*")
    parser.add_argument("--invoices", type=int, default=10_000, help="how many are in the store for the lists")
    parser.add_argument("--movements", type=int, default=20_000, help="how long a register's history is")
    parser.add_argument("--million", action="store_const", dest="invoices", const=1_000_000, help="--invoices 1000000")
    asked = parser.parse_args()
    scale = 10 if asked.quick else 1
    console = Console()
    everything: list[Result] = []
    console.print(f"database: {chosen_database()}")

    def section(name: str, title: str, results: list[Result]) -> None:
        show(console, title, results)
        keep(results)
        everything.extend(results)

    wanted = asked.only or SECTIONS
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
    if "settling" in wanted:
        section(
            "settling",
            "Drafts finalized, payments applied, histories verified",
            settling(5_000 if scale == 1 else 2_000),
        )
    if "finalize-together" in wanted:
        section("finalize-together", "Drafts of one clinic finalized", finalizing(2 if asked.quick else 7))
    if "listing" in wanted:
        section("listing", "Lists beside a find by id", listing(asked.invoices // scale))
    if "patients" in wanted:
        section("patients", "Patients found beside a find by id", patients(200_000 // scale))
    if "webhooks" in wanted:
        section("webhooks", "Webhooks kept", webhooks(5_000 // scale))
    if "bank" in wanted:
        found = bank(25_000 // scale, 100_000 // scale, 200_000 // scale)
        section("bank", "A statement parsed, stored and matched", found)
    if "register" in wanted:
        section("register", "Cash booked, a day closed, its history verified", register(5_000 if scale == 1 else 2_000))
        section("history", "A register's history of years verified", history(asked.movements // scale))
        section("inspection", "A register's year for a tax inspector", inspection(200_000 // scale))
    if "memory" in wanted:
        section("memory", "Memory of the services", memory(100_000 // scale))
    if "documents" in wanted:
        section("documents", "Invoices rendered in one process", rendering(1 if asked.quick else 3))
        found = documents((1, 25, 200, 1_000 // scale), 3 if asked.quick else 9)
        section("documents", "An electronic invoice beside a printed one", found)
        section("documents", "A stored document beside a file", serving(1 if asked.quick else 5))
    if "idle" in wanted:
        section("idle", "The services at rest", idle(60 if scale == 1 else 20, 60 if scale == 1 else 20))
    missed = [r.name for r in everything if r.met is False]
    console.print(
        f"{len(everything)} figures, {len(missed)} short of their goal{': ' if missed else ''}{', '.join(missed)}"
    )


if __name__ == "__main__":
    main()
