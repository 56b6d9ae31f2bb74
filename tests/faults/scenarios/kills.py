"""`kill -9` of each service at each named point."""

from random import Random

from tests.faults.clinic import Clinic
from tests.faults.scenarios.work import an_hour
from tests.faults.stage import Stage

OF_EACH = (
    "mid-transaction",
    "before-commit",
    "after-commit",
    "after-publish",
    "after-outbox-cleared",
    "before-offset-commit",
)
POINTS = {
    "invoicing": OF_EACH,
    "payments": (*OF_EACH, "payments-after-intent", "payments-after-stripe", "payments-after-record"),
    "cash-register": OF_EACH,
    "documents": (*OF_EACH, "mid-render", "after-render", "after-mail"),
}
ONCE = ("after-mail",)
"""Crossed once an hour."""


def kill_at(service: str, point: str, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """The process dies at one of the first crossings, is started again, and work goes on."""
    nth = 1 if point in ONCE else rng.randint(1, 2)
    stage.arm(service, f"{point}:{nth}")
    an_hour(clinic, rng)
    stage.until(lambda: stage.armed(service), lambda armed: not armed, f"{service} never crossed {point} {nth} times")
    stage.faults["kill -9"] += 1
