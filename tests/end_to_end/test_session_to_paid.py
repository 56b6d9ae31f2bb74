"""The whole way on the chosen broker: sessions in, invoices paid in all three ways, PDFs out, and the books balance."""

from pathlib import Path
from random import Random

import pytest

from tests.faults.clinic import Clinic
from tests.faults.plan import Fault, Run
from tests.faults.scenarios.work import an_hour
from tests.faults.stage import Stage, running_stage
from tests.parts.choice import chosen_kafka, chosen_mongo


@pytest.mark.kafka
def test_an_hour_at_the_clinic_ends_with_money_in_equal_to_money_booked(tmp_path: Path) -> None:
    def nothing_breaks(_stage: Stage, clinic: Clinic, rng: Random) -> None:
        an_hour(clinic, rng)

    with running_stage(tmp_path, chosen_kafka(), chosen_mongo()) as stage:
        Run(stage).strike(Fault("nothing", nothing_breaks), seed=1)
