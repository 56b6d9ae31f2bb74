"""Statements of the bank: one file from two processes at once, and `kill -9` while one is taken over and matched."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

from tests.faults.clinic import Clinic
from tests.faults.scenarios import poison
from tests.faults.scenarios.work import Json, an_hour, due
from tests.faults.stage import Stage
from tests.parts.statements import Moved, camt

PORTION = 500
"""Entries that are stored in one transaction."""
UPLOADING, MATCHING = 1, 2
"""Which transaction of the service is hit: those of a file that fits one portion, and those of its transfers."""


def statement(rng: Random, invoices: list[Json], name: str) -> list[Moved]:
    """A day at the bank: each invoice is named, and paid exactly, in part, or with too much; one is taken back.

    Two transfers are alike in all, and the bank takes a fee.
    """
    moves = [
        Moved(
            max(1, due(invoice) + rng.choice((0, -due(invoice) // 3, 500))),
            f"invoice {invoice['number']}",
            reference=rng.choice((invoice["payment_reference"], None)),
            end_to_end=f"{name}-{number}",
        )
        for number, invoice in enumerate(invoices)
    ]
    back = rng.choice(moves)
    twins = [Moved(777, f"{name} twins", iban=None)] * 2
    taken = Moved(-back.minor, "returned", end_to_end=back.end_to_end, reversal=True)
    return [*moves, *twins, Moved(-150, f"{name} fee", iban=None), taken]


def some_in_an_hour(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Nothing breaks; there is poison among the records, and the bank's statement comes at the end."""
    poison.some_in_an_hour(stage, clinic, rng)
    moves = statement(rng, _open_invoices(clinic, rng), clinic.clinic_id)
    clinic.send_statement(camt(moves))
    clinic.answered.moved += moves


def from_two_processes(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Two people send the same file at the same time, to two processes, and a third an overlapping one."""
    moves = statement(rng, _open_invoices(clinic, rng), clinic.clinic_id)
    if "payments-1" not in stage.services:
        stage.add("payments", "payments-1", ordinal=1).start()
    files = (("payments", camt(moves)), ("payments-1", camt(moves)), ("payments-1", camt(moves[1:], number="2")))
    with ThreadPoolExecutor(len(files)) as people:
        list(people.map(lambda sent: clinic.send_statement(sent[1], sent[0]), files))
    clinic.answered.moved += moves
    stage.faults["one file from two processes"] += 1


def kill_at(point: str, nth: int, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """The process dies while it takes a file over, or matches it; the desk sends the file until it is answered."""
    invoices = _open_invoices(clinic, rng)
    stage.quiet()
    moves = statement(rng, invoices, clinic.clinic_id)
    stage.arm("payments", f"{point}:{nth}")
    clinic.send_statement(camt(moves))
    clinic.answered.moved += moves
    stage.until(lambda: stage.armed("payments"), lambda armed: not armed, f"payments never crossed {point}")
    stage.faults["kill -9"] += 1


def kill_between_portions(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Half of the file is stored when the process dies; it comes again, and a part of it in another file."""
    stage.quiet()
    moves = [Moved(rng.randrange(1, 9_999), f"{clinic.clinic_id} {n}", iban=None) for n in range(PORTION + 50)]
    stage.arm("payments", "after-commit:1")
    clinic.send_statement(camt(moves))
    clinic.send_statement(camt(moves[: PORTION // 2], number="2"))
    clinic.answered.moved += moves
    assert not stage.armed("payments"), "payments never stored the first portion"
    stage.faults["kill -9"] += 1


def _open_invoices(clinic: Clinic, rng: Random) -> list[Json]:
    """Those of an hour, some of them paid already: what comes for them is too much."""
    return [
        clinic.ask("invoicing", "GET", f"/invoices/{i['invoice_id']}")
        for i in an_hour(clinic, rng, name="bank").invoices
    ]
