"""The broker or the database goes away for a while, or is killed in the middle of a commit."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from threading import Thread

from tests.faults.clinic import Clinic
from tests.faults.scenarios.work import an_hour
from tests.faults.sessions import a_day, sessions
from tests.faults.stage import Stage

OUTAGE_S = 20


def broker_gone(seconds: float, how: str, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Invoices are finalized and paid meanwhile: that takes no broker."""
    assert stage.kafka is not None
    before = sessions(rng, clinic.clinic_id, 6, name="before")
    clinic.publish([session.completed for session in before])
    clinic.until_drafted(before)
    known = clinic.finalize(before[0])
    clinic.pay_by_transfer(known, 100)
    gone_at = time.monotonic()
    stage.kafka.kill() if how == "kill" else stage.kafka.stop()
    for session in before[1:]:
        clinic.finalize(session)
    clinic.pay_by_transfer({**known, "invoice_id": None}, 100)
    clinic.pay_cash({**known, "invoice_id": None}, 200)
    time.sleep(max(0.0, gone_at + seconds - time.monotonic()))
    stage.kafka.start()
    an_hour(clinic, rng)
    stage.faults[f"broker {how}"] += 1


def database_gone(seconds: float, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """It is killed under load, and stays away."""
    assert stage.mongo is not None
    visits = sessions(rng, clinic.clinic_id, 60, name="under-load")
    clinic.publish(a_day(rng, visits))
    stage.mongo.kill()
    with _meanwhile(stage, clinic, rng, seconds):
        an_hour(clinic, rng)
    stage.faults["database gone"] += 1


def database_killed_in_mid_commit(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """The service halts with its next call the commit; it goes on, and moments later the database dies."""
    assert stage.mongo is not None
    stage.arm("invoicing", "before-commit:1:stop")
    clinic.publish(a_day(rng, sessions(rng, clinic.clinic_id, 40, name="mid-commit")))
    stage.until(lambda: stage.halted("invoicing"), bool, "invoicing never came to its commit")
    delay_s = rng.random() * 0.02
    stage.services["invoicing"].resume()
    time.sleep(delay_s)
    stage.mongo.kill()
    stage.mongo.start()
    an_hour(clinic, rng)
    stage.faults["database kill -9 in mid-commit"] += 1


def database_killed_in_mid_transaction(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """What the transaction has written is gone with the server; the process goes on with it, and finds that out."""
    assert stage.mongo is not None
    with _in_mid_transaction(stage, clinic, rng):
        stage.mongo.kill()
        stage.mongo.start()
    an_hour(clinic, rng)
    stage.faults["database kill -9 in mid-transaction"] += 1


def primary_stepped_down_in_mid_transaction(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """The server stays, takes no writes for a second, and has broken off every open transaction."""
    assert stage.mongo is not None
    with _in_mid_transaction(stage, clinic, rng):
        stage.databases.admin.command("replSetStepDown", 1, secondaryCatchUpPeriodSecs=0, force=True)
    an_hour(clinic, rng)
    stage.faults["primary stepped down in mid-transaction"] += 1


@contextmanager
def _in_mid_transaction(stage: Stage, clinic: Clinic, rng: Random) -> Iterator[None]:
    """Invoicing halts in a transaction, and goes on at the end."""
    stage.arm("invoicing", "mid-transaction:1:stop")
    clinic.publish(a_day(rng, sessions(rng, clinic.clinic_id, 40, name="mid-transaction")))
    stage.until(lambda: stage.halted("invoicing"), bool, "invoicing never came to a transaction")
    try:
        yield
    finally:
        stage.services["invoicing"].resume()


@contextmanager
def _meanwhile(stage: Stage, clinic: Clinic, rng: Random, seconds: float) -> Iterator[None]:
    """The database comes back while the clinic is at work."""
    assert stage.mongo is not None
    mongo = stage.mongo

    def come_back() -> None:
        time.sleep(seconds)
        mongo.start()

    coming = Thread(target=come_back)
    coming.start()
    try:
        yield
    finally:
        coming.join()
