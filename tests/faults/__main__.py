"""Breaks one thing after the other, for long: python -m tests.faults --seeds 1000

Each seed names a fault and all that is random in it. CHAIRSIDE_TEST_KAFKA and CHAIRSIDE_TEST_MONGO choose the parts.
"""

import argparse
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from tempfile import mkdtemp

from dev.parts.processes import Child
from tests.faults.invariants import INVARIANTS
from tests.faults.plan import FAULTS, Fault, Run
from tests.faults.stage import running_stage
from tests.parts.choice import chosen_kafka, chosen_mongo
from tests.parts.warm import Nest

FAULTS_A_STAGE = 12
"""The embedded database slows down as it grows, and looking at everything takes longer."""


@dataclass
class Tally:
    """What came of the run."""

    held: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failed: dict[int, str] = field(default_factory=dict)
    waits_s: dict[str, list[float]] = field(default_factory=dict)

    def summary(self) -> str:
        """One line."""
        seeds = self.held + len(self.failed)
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        summary = f"{seeds} seeds: {faults or 'no faults'}; {len(INVARIANTS)} invariants held {self.held} times"
        skipped = f"; skipped {sum(self.skipped.values())}" if self.skipped else ""
        again = f", broken {len(self.failed)} times: --seed {' '.join(map(str, self.failed))}" if self.failed else ""
        waits = "".join(
            f"; {what}: median {median(times_s):.1f} s of {len(times_s)}" for what, times_s in self.waits_s.items()
        )
        return f"{summary}{again}{skipped}{waits}"


def fault_of(seed: int, names: Iterable[str]) -> Fault:
    """Each fault comes once in as many seeds as there are faults, in another order each time."""
    known = list(names)
    turn, place = divmod(seed, len(known))
    Random(turn).shuffle(known)
    return FAULTS[known[place]]


def stages(plan: Iterable[tuple[int, Fault]]) -> Iterator[list[tuple[int, Fault]]]:
    """The plan in pieces, one a stage; after a fault that crowds it, a stage is not used again."""
    piece: list[tuple[int, Fault]] = []
    for seed, fault in plan:
        piece.append((seed, fault))
        if fault.crowds or len(piece) == FAULTS_A_STAGE:
            yield piece
            piece = []
    if piece:
        yield piece


def play(piece: list[tuple[int, Fault]], folder: Path, tally: Tally) -> list[tuple[int, Fault]]:
    """Strikes on one stage until an invariant breaks; returns what is left to do, on another one."""
    with running_stage(folder, chosen_kafka(), chosen_mongo()) as stage:
        run = Run(stage)
        for number, (seed, fault) in enumerate(piece):
            if reason := fault.only_if(stage):
                tally.skipped[f"{fault.name}: {reason}"] += 1
                continue
            started = time.monotonic()
            try:
                run.strike(fault, seed)
            except AssertionError as error:
                tally.failed[seed] = fault.name
                print(f"seed {seed}: {fault.name}: BROKEN\n{error}", flush=True)
                print(f"to repeat it: python -m tests.faults --seed {seed}; what it left: {folder}", flush=True)
                return piece[number + 1 :]
            finally:
                tally.faults += stage.faults
                stage.faults.clear()
                for what, times_s in stage.waits_s.items():
                    tally.waits_s.setdefault(what, []).extend(times_s)
                stage.waits_s.clear()
            tally.held += 1
            print(f"seed {seed}: {fault.name}: held, {time.monotonic() - started:.0f} s", flush=True)
    shutil.rmtree(folder)
    return []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Fault tests, for long")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seeds", type=int, help="how many")
    which.add_argument("--seed", type=int, nargs="+", help="these, each on a stage of its own")
    which.add_argument("--list", action="store_true", help="names the faults")
    parser.add_argument("--first", type=int, default=0, help="the first of --seeds")
    parser.add_argument("--only", default="", help="only faults with this in their names")
    options = parser.parse_args()
    names = [name for name in FAULTS if options.only in name]
    if options.list or not names:
        sys.exit("\n".join(names) or f"no fault has {options.only!r} in its name")
    seeds = options.seed or range(options.first, options.first + options.seeds)
    plan = [(seed, fault_of(seed, names)) for seed in seeds]
    # What is measured is how a process goes on, and not how long an interpreter imports.
    Child.start_process = Nest().start
    tally = Tally()
    for piece in [[scenario] for scenario in plan] if options.seed else stages(plan):
        while piece:
            piece = play(piece, Path(mkdtemp(prefix="chairside-faults-")), tally)
    for reason, count in tally.skipped.items():
        print(f"skipped {count} times: {reason}")
    print(tally.summary())
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
