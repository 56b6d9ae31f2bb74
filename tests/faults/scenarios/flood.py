"""Too much poison at once: the consumer stops, and goes on when a person says so, or after a restart."""

import os
import subprocess
import sys
from random import Random

import httpx2

from contracts.topics import SESSIONS
from tests.faults.clinic import Clinic
from tests.faults.sessions import sessions
from tests.faults.stage import Stage

KINDS = ("not-json", "null-header", "breaks-a-rule")
OF_EACH, GOOD = 20, 40
LEAST_RECORDS = 50
SHARE = "0.2"
GOES_ON = ("resumed", "restarted", "killed")


def of_poison(how: str, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """More than half of what lies ready is poison. The stage has no limit otherwise: most scenarios are poisonous."""
    visits = sessions(rng, clinic.clinic_id, GOOD, patients=1, name="good")
    spoilt = sessions(rng, clinic.clinic_id, OF_EACH * len(KINDS), patients=1, name="bad")
    bad = [session.poison(KINDS[n % len(KINDS)], f"flood-{n}") for n, session in enumerate(spoilt)]
    _restart(stage, share=SHARE)
    stage.services["invoicing"].pause()
    clinic.publish([*bad, *(session.completed for session in visits)])
    stage.services["invoicing"].resume()
    _until_stopped(stage)
    rejected = {f"{clinic.clinic_id}/{session.session_id}" for session in spoilt}
    parked = stage.database("invoicing")["parked"].count_documents({"aggregate": {"$in": sorted(rejected)}})
    assert parked < LEAST_RECORDS, "a flood was parked"
    match how:
        case "resumed":
            resume(stage, "invoicing", SESSIONS.name)
        case "restarted":
            _restart(stage, share="1")
        case "killed":
            stage.services["invoicing"].kill()
            stage.services["invoicing"].launch()
            _until_stopped(stage)
            resume(stage, "invoicing", SESSIONS.name)
    clinic.until_drafted(visits)
    stage.quiet()
    _restart(stage, share="1")
    stage.faults["flood of poison"] += 1


def resume(stage: Stage, service: str, topic: str) -> None:
    """As a person does it."""
    command = [sys.executable, "-m", "cli", "consumer", "resume", service, topic, "--by", "the fault tests"]
    environment = {**os.environ, "CHAIRSIDE_MONGO_URI": stage.settings["MONGO_URI"]}
    command += ["--database", stage.database_names[service]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _restart(stage: Stage, share: str) -> None:
    invoicing = stage.services["invoicing"]
    invoicing.stop()
    invoicing.set({"DEAD_LETTER_SHARE": share})
    stage.start(invoicing)


def _until_stopped(stage: Stage) -> None:
    def ready() -> str:
        try:
            return stage.http.get(f"{stage.services['invoicing'].url}/health/ready").text
        except httpx2.TransportError as error:
            return repr(error)

    stage.until(ready, lambda text: f"consumer resume invoicing {SESSIONS.name}" in text, "invoicing did not stop")
