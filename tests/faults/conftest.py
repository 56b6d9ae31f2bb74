"""One stage for all fault tests, and another one after it failed a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.plan import Run
from tests.faults.stage import running_stage
from tests.parts.choice import chosen_kafka, chosen_mongo


class Stages:
    """The stage that the tests share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._open: Iterator[Run] | None = None
        self._run: Run | None = None

    def run(self) -> Run:
        """What goes on on the stage; starts it when there is none."""
        if self._run is None:
            self._count += 1
            self._open = self._new(self._folder / str(self._count))
            self._run = next(self._open)
        return self._run

    def end(self) -> None:
        """The next test gets a new one."""
        if self._open is not None:
            next(self._open, None)
        self._run = self._open = None

    def _new(self, folder: Path) -> Iterator[Run]:
        with running_stage(folder, chosen_kafka(), chosen_mongo(), patient=False) as stage:
            yield Run(stage)


@pytest.fixture(scope="package")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    shared = Stages(tmp_path_factory.mktemp("faults"))
    yield shared
    shared.end()
