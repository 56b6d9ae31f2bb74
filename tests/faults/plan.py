"""Which fault, from a seed: the same seed breaks the same thing at the same place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random

from dev.parts.mongod import Mongod
from dev.parts.secantus import SecantusDB
from tests.faults.clinic import Answered, Clinic
from tests.faults.invariants import broken
from tests.faults.scenarios import bank, doubles, flood, kills, numbers, order, outages, pauses, poison, waits
from tests.faults.sessions import KINDS
from tests.faults.stage import Stage
from tests.faults.world import World, look_at

SHORT_OUTAGE_S = 5
Act = Callable[[Stage, Clinic, Random], None]


@dataclass(frozen=True)
class Fault:
    """A thing that breaks. `only_if` tells why it cannot on this stage, "" when it can.

    `crowds`: it leaves a second process of a service behind, since the embedded broker never lets go of a member.
    """

    name: str
    act: Act
    only_if: Callable[[Stage], str] = lambda stage: ""
    crowds: bool = False


class InvariantBroken(AssertionError):
    """What does not hold, after which fault and by which seed."""


def _needs_apache(stage: Stage) -> str:
    return "" if stage.on_apache else "the embedded broker keeps its last second in memory"


def _needs_own_database(stage: Stage) -> str:
    return "" if stage.mongo else "the database is not ours to kill"


def _needs_mongod(stage: Stage) -> str:
    return "SecantusDB does not tell whose transactions are idle" if isinstance(stage.mongo, SecantusDB) else ""


def _needs_replica_set(stage: Stage) -> str:
    return "" if isinstance(stage.mongo, Mongod) else "no replica set of ours has a primary that could step down"


def _all() -> Iterator[Fault]:
    yield Fault("nothing breaks", bank.some_in_an_hour)
    for service, points in kills.POINTS.items():
        for point in points:
            yield Fault(f"kill {service} {point}", partial(kills.kill_at, service, point))
    yield Fault("kill invoicing holding locks", kills.killed_holding_locks, _needs_mongod)
    yield Fault("every event twice", doubles.every_event_twice)
    yield Fault("a topic again", doubles.a_topic_again)
    for service in kills.POINTS:
        yield Fault(f"{service} hears all again", partial(doubles.a_group_from_the_beginning, service))
    yield Fault("shuffled", order.shuffled)
    yield Fault("a payment before its invoice", order.a_payment_before_its_invoice)
    yield Fault("poison of all kinds everywhere in a batch", partial(poison.in_a_batch, KINDS, poison.PLACES))
    for kind in KINDS:
        for place in poison.PLACES:
            yield Fault(f"poison {kind} {place} in a batch", partial(poison.in_a_batch, (kind,), (place,)))
    yield Fault("nothing but poison", poison.nothing_but_poison)
    yield Fault("poison on every topic", poison.on_every_topic)
    for how in flood.GOES_ON:
        yield Fault(f"a flood of poison, {how}", partial(flood.of_poison, how))
    for point in waits.WHILE_REJECTING:
        how = f", killed {point}" if point else ""
        yield Fault(f"later records wait{how}", partial(waits.behind_a_rejected_record, point))
    for how in ("stop", "kill"):
        yield Fault(f"broker {how}", partial(outages.broker_gone, outages.OUTAGE_S, how), _needs_apache)
    yield Fault("database killed in mid-commit", outages.database_killed_in_mid_commit, _needs_own_database)
    killed = outages.database_killed_in_mid_transaction
    yield Fault("database killed in mid-transaction", killed, _needs_own_database)
    stepped_down = outages.primary_stepped_down_in_mid_transaction
    yield Fault("primary stepped down in mid-transaction", stepped_down, _needs_replica_set)
    for seconds in (SHORT_OUTAGE_S, outages.OUTAGE_S):
        gone = partial(outages.database_gone, seconds)
        yield Fault(f"database gone for {seconds} s", gone, _needs_own_database)
    for point in kills.OF_EACH[:5]:
        yield Fault(f"kill payments {point} of an upload", partial(bank.kill_at, point, bank.UPLOADING))
        yield Fault(f"kill payments {point} of matching", partial(bank.kill_at, point, bank.MATCHING))
    yield Fault("kill payments between two portions of a statement", bank.kill_between_portions)
    yield Fault("one statement from two processes", bank.from_two_processes, crowds=True)
    yield Fault("200 finalized at once by four processes", numbers.finalized_at_once, crowds=True)
    yield Fault("two relays", doubles.two_relays, crowds=True)
    for point in pauses.POINTS:
        yield Fault(f"stop invoicing {point or 'anywhere'}", partial(pauses.paused, point), crowds=True)


FAULTS = {fault.name: fault for fault in _all()}


@dataclass
class Run:
    """Faults one after the other on one stage; what was answered in each must hold after all."""

    stage: Stage
    answered: dict[str, Answered] = field(default_factory=dict)

    def strike(self, fault: Fault, seed: int) -> None:
        """Breaks it, waits until all is quiet, and looks. Raises InvariantBroken."""
        clinic = Clinic(self.stage, f"clinic-{len(self.answered)}-{seed}")
        self.answered[clinic.clinic_id] = clinic.answered
        clinic.open()
        fault.act(self.stage, clinic, Random(seed))
        self.stage.quiet()
        if found := broken(self.look()):
            lines = "\n".join(f"  {name}: {'; '.join(how)}" for name, how in found.items())
            raise InvariantBroken(f"after {fault.name}, seed {seed}:\n{lines}\n{self.stage.logs()}")

    def look(self) -> World:
        """All that there is now, of all clinics."""
        numbers = {id_: number for answered in self.answered.values() for id_, number in answered.numbers.items()}
        payments = [id_ for answered in self.answered.values() for id_ in answered.payments]
        moved = {clinic_id: answered.moved for clinic_id, answered in self.answered.items()}
        return look_at(self.stage, numbers, payments, moved)
