"""Later records of a rejected session wait behind it, and come back in order."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from random import Random

from tests.faults.clinic import Clinic
from tests.faults.sessions import Session, sessions
from tests.faults.stage import Stage

WHILE_REJECTING = ("", "after-commit", "after-publish", "after-outbox-cleared", "before-offset-commit")


def behind_a_rejected_record(point: str, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """A record of one session is spoilt; what comes after it waits, through a crash too, until a person decides."""
    [session, neighbour] = sessions(rng, clinic.clinic_id, 2, patients=1, name="waits")
    second, third = session.later(rng), session.later(rng).later(rng)
    spoilt = second.poison("not-json", "waits")
    if point:
        stage.arm("invoicing", f"{point}:1")
    stage.services["invoicing"].pause()
    clinic.publish([session.completed, spoilt, third.corrected, neighbour.completed])
    stage.services["invoicing"].resume()
    clinic.until_drafted([session, neighbour])
    stage.until(lambda: stage.armed("invoicing"), lambda armed: not armed, f"invoicing never crossed {point}")
    stage.quiet()
    fourth = third.later(rng)
    clinic.publish([fourth.corrected])
    stage.quiet()
    assert _shown(clinic, session) == 1, "a later record has overtaken a rejected one"
    assert _parked(stage, session) == 1, "the session is not parked"
    replay(stage, "invoicing", session.session_id)
    stage.quiet()
    assert _shown(clinic, session) == 4, "the records did not come back"
    assert _parked(stage, session) == 1, "the session is free, and its spoilt record is in the dead letter again"
    replay(stage, "invoicing", session.session_id, "--discard")
    stage.quiet()
    assert _parked(stage, session) == 0, "the session is still parked"
    clinic.publish([replace(fourth.later(rng)).corrected])
    stage.quiet()
    assert _shown(clinic, session) == 5, "the session did not go on"
    assert _versions(stage, clinic, session) == [1, 3, 4, 5], "the records came back in another order"
    stage.faults["replayed"] += 1
    stage.faults["kill -9"] += bool(point)


def replay(stage: Stage, service: str, subject: str, *options: str) -> None:
    """As a person does it."""
    command = [sys.executable, "-m", "cli", "dead-letters", "replay", service, "--subject", subject, *options]
    environment = {**os.environ, "CHAIRSIDE_KAFKA": stage.topics.bootstrap}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _shown(clinic: Clinic, session: Session) -> int:
    return int(clinic.invoice(session)["session_version"])


def _parked(stage: Stage, session: Session) -> int:
    return int(stage.database("invoicing")["parked"].count_documents({"subject": session.session_id}))


def _versions(stage: Stage, clinic: Clinic, session: Session) -> list[int]:
    """The versions of the session in the order in which they became the invoice's."""
    rows = stage.database("invoicing")["revisions"].find({"subject": clinic.invoice_id(session)}).sort("version", 1)
    return [int(_session_version(row["snapshot"])) for row in rows]


def _session_version(snapshot: bytes) -> int:
    return int(json.loads(snapshot)["session_version"])
