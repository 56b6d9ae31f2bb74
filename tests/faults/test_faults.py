"""The short run: on Apache Kafka every point of invoicing, one of each other service, and one fault of every other
kind; on the embedded broker, whose own faults are nobody's concern, a part of these.

Which of them, and all that is random, follows from CHAIRSIDE_FAULTS_SEED. `make faults SEEDS=1000` runs for long.
"""

import os
from random import Random

import pytest

from dev.parts.kafka import EMBEDDED
from tests.faults.conftest import Stages
from tests.faults.plan import FAULTS, Fault
from tests.faults.scenarios import flood, kills, pauses, waits
from tests.parts.choice import chosen_kafka

pytestmark = pytest.mark.kafka
SEED = int(os.environ.get("CHAIRSIDE_FAULTS_SEED") or "1")


MOST_EMBEDDED = 12


def short_run(seed: int) -> list[Fault]:
    """The faults of one short run. Those that crowd the stage come last: the next one gets another."""
    rng = Random(seed)
    names = _names(rng)
    if chosen_kafka() == EMBEDDED:
        some = {*rng.sample(names, MOST_EMBEDDED)}
        names = [name for name in names if name in some]
    return [FAULTS[name] for name in names]


def _names(rng: Random) -> list[str]:
    return [
        *(f"kill invoicing {point}" for point in kills.POINTS["invoicing"]),
        *(f"kill {service} {rng.choice(kills.POINTS[service])}" for service in kills.POINTS if service != "invoicing"),
        "kill invoicing holding locks",
        "every event twice",
        "a topic again",
        f"{rng.choice(list(kills.POINTS))} hears all again",
        "shuffled",
        "a payment before its invoice",
        "poison of all kinds everywhere in a batch",
        "nothing but poison",
        "poison on every topic",
        f"a flood of poison, {rng.choice(flood.GOES_ON)}",
        f"later records wait, killed {rng.choice(waits.WHILE_REJECTING[1:])}",
        f"broker {rng.choice(['stop', 'kill'])}",
        "database killed in mid-commit",
        "database killed in mid-transaction",
        "primary stepped down in mid-transaction",
        "database gone for 5 s",
        f"kill payments {rng.choice(kills.OF_EACH[:5])} of an upload",
        f"kill payments {rng.choice(kills.OF_EACH[:5])} of matching",
        "kill payments between two portions of a statement",
        "one statement from two processes",
        "two relays",
        f"stop invoicing {rng.choice(pauses.POINTS) or 'anywhere'}",
        "200 finalized at once by four processes",
    ]


@pytest.mark.parametrize("fault", short_run(SEED), ids=lambda fault: f"{fault.name}-seed-{SEED}")
def test_the_books_hold_whatever_breaks(fault: Fault, stages: Stages) -> None:
    run = stages.run()
    if reason := fault.only_if(run.stage):
        pytest.skip(reason)
    try:
        run.strike(fault, SEED)
    except BaseException:
        stages.end()
        raise
    if fault.crowds:
        stages.end()
