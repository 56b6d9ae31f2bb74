"""Session completed -> draft stored, with its revision, and event published: beside the floor and the naive way."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from tests.performance.report import Result
from tests.performance.stage import Stage, fresh
from tests.performance.subject import BATCH, Took

SHARE_OF_FLOOR, TIMES_NAIVE, CPU_US = 0.75, 20, 100


def measure(way: str, stage: Stage, count: int, ordinal: int = 0) -> Took:
    """Runs one way in a process of its own."""
    command = [sys.executable, "-m", "tests.performance.subject", way, "--kafka", stage.kafka, "--mongo", stage.mongo]
    ended = subprocess.run(
        [*command, "--count", str(count), "--ordinal", str(ordinal)], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    return Took(**json.loads(ended.stdout.splitlines()[-1]))


def once(way: str, count: int) -> Took:
    """One way on a stage of its own."""
    with fresh(count) as stage:
        return measure(way, stage, count)


def throughput(rounds: int, count: int, naive_count: int) -> list[Result]:
    """Ours, the floor and the naive way in turn; medians, and the median of the rounds' ratios."""
    ours, floors, naives = [], [], []
    for _ in range(rounds):
        floors.append(once("floor", count))
        ours.append(once("ours", count))
        naives.append(once("naive", naive_count))
    to_floor = median(o.rate / f.rate for o, f in zip(ours, floors, strict=True))
    to_naive = median(o.rate / n.rate for o, n in zip(ours, naives, strict=True))
    rate, cpu_us = median(o.rate for o in ours), median(o.cpu_us for o in ours)
    floor, naive = median(f.rate for f in floors), median(n.rate for n in naives)
    floor_cpu_us = median(f.cpu_us for f in floors)
    return [
        Result("draft", rate, "events/s", floor, to_floor, ">= 75 % of the floor", to_floor >= SHARE_OF_FLOOR),
        Result("draft vs naive", rate, "events/s", naive, to_naive, ">= 20 x naive", to_naive >= TIMES_NAIVE),
        Result("draft CPU", cpu_us, "us/event", floor_cpu_us, cpu_us / floor_cpu_us, "<= 100 us", cpu_us <= CPU_US),
    ]


def growth(small: int, large: int) -> list[Result]:
    """Time for an event of a large backlog against a small one."""
    few, many = once("ours", small), once("ours", large)
    floor_few, floor_many = once("floor", small), once("floor", large)
    slower, floor_slower = few.rate / many.rate, floor_few.rate / floor_many.rate
    cpu = many.cpu_us / few.cpu_us
    return [
        Result(f"{large:,} / {small:,}: CPU an event", cpu, "x", None, cpu, "linear: <= 1.2", cpu <= 1.2),
        Result(
            f"{large:,} / {small:,}: time an event",
            slower,
            "x",
            floor_slower,
            slower / floor_slower,
            "as the floor: <= 1.2",
            slower / floor_slower <= 1.2,
        ),
    ]


def scaling(count: int) -> list[Result]:
    """Two processes that share the partitions against one, on the same load."""
    single = once("ours", count)
    with fresh(count) as stage, ThreadPoolExecutor(2) as both:
        share = count // 2 - BATCH
        took = list(both.map(lambda ordinal: measure("ours", stage, share, ordinal), range(2)))
    rate = _together(took)
    return [Result("two processes", rate, "events/s", single.rate, rate / single.rate, "shown, not asked")]


def _together(took: Sequence[Took]) -> float:
    return sum(t.events for t in took) / max(t.seconds for t in took)
