"""python -m tests.compose ready|trial|stopped: a compose project while it starts, works, and has been told to stop.

`trial` scales and restarts under load, and checks the books. deploy/try-containers makes the images, brings the project
up, and runs these.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from uuid import uuid4

from contracts.topics import SERVICES
from tests.compose import engine
from tests.compose.load import Load
from tests.compose.outcome import Lag, Outcome
from tests.compose.running import Running, attached
from tests.parts.patience import until

SCALED = "invoicing"
AT_LEAST = 2
"""Instances of the others: of a single one all that it does waits until it is back."""
BETWEEN_S = 4


def main() -> None:
    parser = argparse.ArgumentParser(description="Looks after a compose project that deploy/try-containers brought up")
    parser.add_argument("what", choices=("ready", "trial", "stopped"))
    parser.add_argument("--pace", type=float, default=2, help="sessions a second")
    parser.add_argument("--instances", type=int, default=3, help="of invoicing")
    parser.add_argument("--within", type=float, default=5, metavar="S", help="later than this is too late")
    options = parser.parse_args()
    match options.what:
        case "ready":
            engine.wait_for(*SERVICES)
        case "stopped":
            sys.exit(_stopped())
        case "trial":
            sys.exit(_trial(options))


def _stopped() -> int:
    """Every service ended by itself, and well."""
    codes = {service: engine.exit_codes(service) for service in SERVICES}
    print(", ".join(f"{service} exited with {found}" for service, found in codes.items()))
    return any(code for found in codes.values() for code in found)


def _trial(options: argparse.Namespace) -> int:
    running = attached()
    load = Load(running, f"clinic-{uuid4().hex[:8]}", options.pace)
    steps = _under(load, options.instances)
    outcome = _settled(running, load)
    faults = outcome.faults(load)
    late = _report(outcome, steps, options.within)
    print(f"{len(load.published)} sessions, {len(load.finalized)} invoices, {len(load.paid)} payments")
    print(f"{os.cpu_count()} cores, load {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    print(f"{outcome.said_again} events were published once more, the same bytes under the same id")
    for fault in faults:
        print(f"✗ {fault}")
    if not faults:
        print("✓ nothing lost, nothing doubled")
    print(f"{'✗' if late else '✓'} {late} links of the chain took longer than {options.within:g} s")
    return bool(faults or late)


def _under(load: Load, instances: int) -> list[tuple[float, str]]:
    """What happened while the clinic worked, and when it began."""
    steps: list[tuple[float, str]] = []

    def step(what: str) -> None:
        steps.append((time.time(), what))
        print(what, flush=True)

    load.start()
    try:
        step("as it is")
        time.sleep(2 * BETWEEN_S)
        for service in SERVICES:
            count = instances if service == SCALED else AT_LEAST
            step(f"{service} scaled to {count}")
            print(f"  healthy after {engine.scale(service, count):.1f} s", flush=True)
            time.sleep(BETWEEN_S)
        for service in SERVICES:
            for number, container in enumerate(engine.containers(service), 1):
                step(f"{service} {number} restarted")
                took = engine.restart(container)
                print(f"  healthy after {took.healthy_s:.1f} s; away {took.engine_s:.1f} s for the engine", flush=True)
                time.sleep(BETWEEN_S)
    finally:
        load.end()
    return steps


def _settled(running: Running, load: Load) -> Outcome:
    """When everything that was said has been heard, and nothing is on its way."""

    def look() -> Outcome:
        return Outcome(running.topics.bootstrap, load.clinic_id)

    def done(seen: Outcome) -> bool:
        rendered = {said.body["source_id"] for said in seen.documents if said.type == "document-rendered"}
        paid = {said.body["invoice_id"] for said in seen.invoices if said.type == "invoice-paid"}
        bills = {invoice["invoice_id"] for invoice in load.finalized}
        return bills <= rendered & paid and not running.topics.lags()

    return until(look, done)


def _report(outcome: Outcome, steps: Sequence[tuple[float, str]], within_s: float) -> int:
    """A line for each step: the longest that each link took which began in it. How many took too long."""
    ends = [at for at, _ in steps[1:]] + [float("inf")]
    lags = outcome.lags()
    for (start, what), end in zip(steps, ends, strict=True):
        print(f"{what}: {_longest([lag for lag in lags if start <= lag.at < end])}")
    return sum(lag.took_s > within_s for lag in lags)


def _longest(lags: Sequence[Lag]) -> str:
    kinds = sorted({lag.what for lag in lags})
    return ", ".join(f"{kind} {max(lag.took_s for lag in lags if lag.what == kind):.2f} s" for kind in kinds)


if __name__ == "__main__":
    main()
