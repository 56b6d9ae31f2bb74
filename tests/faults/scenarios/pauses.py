"""`SIGSTOP` past the group's session timeout, and on again, while another process of the service goes on."""

import time
from random import Random

from tests.faults.clinic import Clinic
from tests.faults.scenarios.work import an_hour
from tests.faults.sessions import a_day, sessions
from tests.faults.stage import Stage

SESSION_TIMEOUT_S = 10
"""Of aiokafka's consumers, by default."""
SHORT_S = 2
POINTS = ("", "mid-transaction", "before-commit", "after-commit", "after-publish", "before-offset-commit")


def paused(point: str, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """One of two processes of invoicing halts; on a broker that evicts it, the other one takes all over.

    The embedded broker evicts nobody: there it is only a pause.
    """
    if "invoicing-1" not in stage.services:
        stage.start(stage.add("invoicing", "invoicing-1", ordinal=1))
    an_hour(clinic, rng, name="before")
    _halt(point, stage, clinic, rng)
    visits = sessions(rng, clinic.clinic_id, 20, patients=20, name="meanwhile")
    clinic.publish(a_day(rng, visits))
    if stage.on_apache:
        time.sleep(SESSION_TIMEOUT_S)
        if point not in ("mid-transaction", "before-commit"):  # its transaction may hold what the other one needs
            stage.until(lambda: _lag(stage), lambda lag: lag == 0, "the other process did not take over")
    time.sleep(SHORT_S)
    stage.services["invoicing"].resume()
    an_hour(clinic, rng, name="after")
    stage.faults["SIGSTOP"] += 1


def _halt(point: str, stage: Stage, clinic: Clinic, rng: Random) -> None:
    if not point:
        clinic.publish(a_day(rng, sessions(rng, clinic.clinic_id, 20, patients=20, name="halting")))
        stage.services["invoicing"].pause()
        return
    stage.arm("invoicing", f"{point}:1:stop")
    turn = 0
    while not stage.halted("invoicing"):
        turn += 1
        visits = sessions(rng, clinic.clinic_id, 8, patients=20, name=f"halting-{turn}")
        clinic.publish([session.completed for session in visits])
        time.sleep(0.5)


def _lag(stage: Stage) -> int:
    return stage.topics.lags().get("invoicing.clinical.sessions", 0)
