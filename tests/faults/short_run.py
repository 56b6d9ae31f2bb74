"""The short run: on Apache Kafka every point of invoicing, one of each other service, and one fault of every other
kind; on the embedded broker, whose own faults are nobody's concern, a part of these.

Which of them, and all that is random, follows from CHAIRSIDE_FAULTS_SEED. `make faults SEEDS=1000` runs for long.

Each file of tests has a part of it, since tests of one file follow each other in one process.
"""

import os
from random import Random
from typing import Literal

import pytest

from dev.parts.kafka import EMBEDDED
from tests.faults.conftest import Stages
from tests.faults.plan import FAULTS, Fault
from tests.faults.scenarios import flood, kills, pauses, waits
from tests.parts.choice import chosen_kafka

SEED = int(os.environ.get("CHAIRSIDE_FAULTS_SEED") or "1")
MOST_EMBEDDED = 12
Part = Literal["kills", "events", "outages", "crowds"]


def short_run(part: Part, seed: int = SEED) -> list[Fault]:
    """The faults of one part of a short run."""
    rng = Random(seed)
    names = _names(rng)
    if chosen_kafka() == EMBEDDED:
        some = {*rng.sample(list(names), MOST_EMBEDDED)}
        names = {name: of_part for name, of_part in names.items() if name in some}
    return [FAULTS[name] for name, of_part in names.items() if of_part == part]


def named(fault: Fault) -> str:
    """As the test is called: the same seed breaks the same things."""
    return f"{fault.name}-seed-{SEED}"


def _names(rng: Random) -> dict[str, Part]:
    """Each with its part. What crowds the stage is a part by itself: after each of them comes another stage."""
    others = [service for service in kills.POINTS if service != "invoicing"]
    return {
        **{f"kill invoicing {point}": "kills" for point in kills.POINTS["invoicing"]},
        **{f"kill {service} {rng.choice(kills.POINTS[service])}": "kills" for service in others},
        "kill invoicing holding locks": "kills",
        "every event twice": "events",
        "a topic again": "events",
        f"{rng.choice(list(kills.POINTS))} hears all again": "events",
        "shuffled": "events",
        "a payment before its invoice": "events",
        "poison of all kinds everywhere in a batch": "events",
        "nothing but poison": "events",
        "poison on every topic": "events",
        f"a flood of poison, {rng.choice(flood.GOES_ON)}": "events",
        f"later records wait, killed {rng.choice(waits.WHILE_REJECTING[1:])}": "events",
        f"broker {rng.choice(['stop', 'kill'])}": "outages",
        "database killed in mid-commit": "outages",
        "database killed in mid-transaction": "outages",
        "primary stepped down in mid-transaction": "outages",
        "database gone for 5 s": "outages",
        f"kill payments {rng.choice(kills.OF_EACH[:5])} of an upload": "kills",
        f"kill payments {rng.choice(kills.OF_EACH[:5])} of matching": "kills",
        "kill payments between two portions of a statement": "kills",
        "one statement from two processes": "crowds",
        "two relays": "crowds",
        f"stop invoicing {rng.choice(pauses.POINTS) or 'anywhere'}": "crowds",
        "200 finalized at once by four processes": "crowds",
    }


def strike(fault: Fault, stages: Stages) -> None:
    """Breaks it on the stage that stands, and looks at the books. A stage that failed, or is crowded, is ended."""
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
