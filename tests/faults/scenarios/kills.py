"""`kill -9` of each service at each named point."""

import time
from random import Random

from dev.parts.processes import POLL_S
from tests.faults.clinic import Clinic
from tests.faults.scenarios.work import an_hour
from tests.faults.sessions import sessions
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
FREED = "from kill -9 in mid-transaction to the next process's first invoice"
FREEING = "predecessor-transactions-ended"
KILLS = 5
ONCE = ("after-mail",)
"""Crossed once an hour."""


def kill_at(service: str, point: str, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """The process dies at one of the first crossings, is started again, and work goes on."""
    nth = 1 if point in ONCE else rng.randint(1, 2)
    stage.arm(service, f"{point}:{nth}")
    an_hour(clinic, rng)
    stage.until(lambda: stage.armed(service), lambda armed: not armed, f"{service} never crossed {point} {nth} times")
    stage.faults["kill -9"] += 1


def killed_holding_locks(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Between the death of a process in mid-transaction and its successor's first invoice there is no lock to wait for.

    Both write the same documents: the batch is heard again.
    """
    part = stage.services["invoicing"]
    freed = part.child.log.read_text().count(FREEING)
    for turn in range(KILLS):
        published = sessions(rng, clinic.clinic_id, 6, patients=2, name=f"locked-{turn}")
        stage.arm("invoicing", "mid-transaction:1")
        clinic.publish([session.completed for session in published])
        while part.child.exit_code is None:
            time.sleep(POLL_S)
        killed_at = time.monotonic()
        part.launch()
        ids = {"_id": {"$in": [clinic.invoice_id(session) for session in published]}}
        stage.until(
            lambda: stage.database("invoicing")["invoices"].count_documents(ids),  # noqa: B023
            bool,
            "nothing was drafted",
        )
        stage.waits_s.setdefault(FREED, []).append(time.monotonic() - killed_at)
        clinic.until_drafted(published)
    assert part.child.log.read_text().count(FREEING) == freed + KILLS
    stage.faults["kill -9 in mid-transaction"] += KILLS
    an_hour(clinic, rng)
