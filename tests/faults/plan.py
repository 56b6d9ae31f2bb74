"""Which fault, from a seed: the same seed breaks the same thing at the same place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.faults.clinic import Answered, Clinic
from tests.faults.invariants import broken
from tests.faults.scenarios import kills
from tests.faults.stage import Stage
from tests.faults.world import look_at

Act = Callable[[Stage, Clinic, Random], None]


@dataclass(frozen=True)
class Fault:
    """A thing that breaks. `only_if` tells why it cannot on this stage, "" when it can."""

    name: str
    act: Act
    only_if: Callable[[Stage], str] = lambda stage: ""


class InvariantBroken(AssertionError):
    """What does not hold, after which fault and by which seed."""


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        *(
            Fault(f"kill {service} {point}", partial(kills.kill_at, service, point))
            for service, points in kills.POINTS.items()
            for point in points
        ),
    )
}


@dataclass
class Run:
    """Faults one after the other on one stage; what was answered in each must hold after all."""

    stage: Stage
    answered: list[Answered] = field(default_factory=list)

    def strike(self, fault: Fault, seed: int) -> None:
        """Breaks it, waits until all is quiet, and looks. Raises InvariantBroken."""
        clinic = Clinic(self.stage, f"clinic-{len(self.answered)}-{seed}")
        self.answered.append(clinic.answered)
        clinic.open()
        fault.act(self.stage, clinic, Random(seed))
        self.stage.quiet()
        numbers = {id_: number for answered in self.answered for id_, number in answered.numbers.items()}
        payments = [id_ for answered in self.answered for id_ in answered.payments]
        if found := broken(look_at(self.stage, numbers, payments)):
            told = "\n".join(f"  {name}: {'; '.join(how)}" for name, how in found.items())
            raise InvariantBroken(f"after {fault.name}, seed {seed}:\n{told}\n{self.stage.logs()}")
