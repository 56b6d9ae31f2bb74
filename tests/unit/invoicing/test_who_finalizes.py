"""Whose hand makes an invoice of a draft."""

from dataclasses import replace

import pytest
from invoicing.domain.clinics.clinic import demand_finalizer

from kernel.errors import Forbidden
from tests.unit.invoicing.examples import MANAGER, clinic

DESK = replace(MANAGER, role="front_desk")
LETS_THE_DESK = replace(clinic(), finalize_by="front_desk")


def test_a_billing_manager_finalizes_in_every_clinic() -> None:
    for profile in (clinic(), LETS_THE_DESK, None):
        demand_finalizer(profile, MANAGER)


def test_the_front_desk_finalizes_only_where_the_profile_says_so() -> None:
    demand_finalizer(LETS_THE_DESK, DESK)
    for profile in (clinic(), None):
        with pytest.raises(Forbidden) as refused:
            demand_finalizer(profile, DESK)
        assert refused.value.code == "role-missing"


def test_no_other_role_finalizes_whatever_the_profile_says() -> None:
    for role in ("auditor", "operator", "none"):
        with pytest.raises(Forbidden):
            demand_finalizer(LETS_THE_DESK, replace(MANAGER, role=role))
