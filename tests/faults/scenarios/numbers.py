"""Many invoices are finalized at once, by four processes, and these die meanwhile."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random

import httpx2

from tests.faults.clinic import Clinic
from tests.faults.sessions import Session, sessions
from tests.faults.stage import Stage, StillBusy

INVOICES, PROCESSES, DESKS, KILLS = 200, 4, 16, 4
POINTS = ("mid-transaction", "before-commit", "after-commit")
PATIENCE_S = 600
PAUSE_S = 0.1


def finalized_at_once(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Every number from 1 on is drawn, once, whoever died while drawing it."""
    names = ["invoicing", *(f"invoicing-{ordinal}" for ordinal in range(1, PROCESSES))]
    for ordinal, name in enumerate(names):
        if name not in stage.services:
            stage.start(stage.add("invoicing", name, ordinal=ordinal))
    visits = sessions(rng, clinic.clinic_id, INVOICES, patients=20, name="at-once")
    clinic.publish([session.completed for session in visits])
    clinic.until_drafted(visits)
    with ThreadPoolExecutor(DESKS) as desks:
        asked = [
            desks.submit(_finalize, clinic, session, names[nth % PROCESSES :] + names[: nth % PROCESSES])
            for nth, session in enumerate(visits)
        ]
        _kill_meanwhile(stage, names, rng, asked)
        numbers = sorted(int(answer.result()[-6:]) for answer in asked)
    assert numbers == list(range(1, INVOICES + 1)), f"drawn: {numbers}"


def _finalize(clinic: Clinic, session: Session, names: Sequence[str]) -> str:
    """Asks one process after the other, until one says the number."""
    id_ = clinic.invoice_id(session)
    deadline, turn = time.monotonic() + PATIENCE_S, 0
    while time.monotonic() < deadline:
        name, turn = names[turn % len(names)], turn + 1
        try:
            seen = clinic._send(name, "GET", f"/invoices/{id_}")
            if seen.status_code == 200 and (number := seen.json()["number"]) is not None:
                clinic.answered.numbers[id_] = number
                return str(number)
            clinic._send(name, "POST", f"/invoices/{id_}/finalize", headers={"If-Match": seen.headers.get("ETag", "*")})
        except httpx2.TransportError:
            time.sleep(PAUSE_S)
    raise StillBusy(f"{id_} was never finalized")


def _kill_meanwhile(stage: Stage, names: Sequence[str], rng: Random, asked: Sequence[Future[str]]) -> None:
    """`kill -9` of some, at points of their transactions; whoever is dead is started again."""
    deadline, struck = time.monotonic() + PATIENCE_S, 0
    victim = ""
    while not all(answer.done() for answer in asked) and time.monotonic() < deadline:
        if not victim and struck < KILLS:
            victim = rng.choice(list(names))
            stage.arm(victim, f"{rng.choice(POINTS)}:{rng.randint(1, 5)}")
        elif victim and not stage.armed(victim):
            victim, struck = "", struck + 1
            stage.faults["kill -9"] += 1
        stage.revive()
        time.sleep(PAUSE_S)
    if victim:
        stage.disarm(victim)
    assert struck, "nobody died while the numbers were drawn"
