"""The broker or the database is gone, or goes in the middle of a transaction."""

import pytest

from tests.faults.conftest import Stages
from tests.faults.plan import Fault
from tests.faults.short_run import named, short_run, strike

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("fault", short_run("outages"), ids=named)
def test_the_books_hold_whatever_breaks(fault: Fault, stages: Stages) -> None:
    strike(fault, stages)
