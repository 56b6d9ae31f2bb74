"""The short run: every point of invoicing, one of each other service, and one fault of every other kind.

Which of them, and all that is random, follows from CHAIRSIDE_FAULTS_SEED. `make faults SEEDS=1000` runs for long.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.plan import FAULTS, Fault, Run
from tests.faults.scenarios import kills, pauses, waits
from tests.faults.stage import running_stage
from tests.parts.choice import chosen_kafka, chosen_mongo

pytestmark = pytest.mark.kafka
SEED = int(os.environ.get("CHAIRSIDE_FAULTS_SEED") or "1")


def short_run(seed: int) -> list[Fault]:
    """The faults of one short run, those that crowd the stage last."""
    rng = Random(seed)
    names = [
        *(f"kill invoicing {point}" for point in kills.POINTS["invoicing"]),
        *(f"kill {service} {rng.choice(kills.POINTS[service])}" for service in kills.POINTS if service != "invoicing"),
        "every event twice",
        "a topic again",
        f"{rng.choice(list(kills.POINTS))} hears all again",
        "shuffled",
        "a payment before its invoice",
        "poison of all kinds everywhere in a batch",
        "nothing but poison",
        "poison on every topic",
        f"later records wait, killed {rng.choice(waits.WHILE_REJECTING[1:])}",
        f"broker {rng.choice(['stop', 'kill'])}",
        "database killed in mid-commit",
        "database gone for 5 s",
        "two relays",
        f"stop invoicing {rng.choice(pauses.POINTS) or 'anywhere'}",
    ]
    return [FAULTS[name] for name in names]


class Stages:
    """The stage that the tests share, and another one after it failed a test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._open: Iterator[Run] | None = None
        self._run: Run | None = None

    def run(self) -> Run:
        if self._run is None:
            self._count += 1
            self._open = self._new(self._folder / str(self._count))
            self._run = next(self._open)
        return self._run

    def end(self) -> None:
        """The next test gets a new one."""
        if self._open is not None:
            next(self._open, None)
        self._run = self._open = None

    def _new(self, folder: Path) -> Iterator[Run]:
        with running_stage(folder, chosen_kafka(), chosen_mongo()) as stage:
            yield Run(stage)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    shared = Stages(tmp_path_factory.mktemp("faults"))
    yield shared
    shared.end()


@pytest.mark.parametrize("fault", short_run(SEED), ids=lambda fault: f"{fault.name}-seed-{SEED}")
def test_the_books_hold_whatever_breaks(fault: Fault, stages: Stages) -> None:
    run = stages.run()
    if why := fault.only_if(run.stage):
        pytest.skip(why)
    try:
        run.strike(fault, SEED)
    except BaseException:
        stages.end()
        raise
