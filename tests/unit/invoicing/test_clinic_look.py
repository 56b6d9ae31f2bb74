"""How a clinic's documents look is told in its profile, and can be read."""

from typing import Any

import pytest
from invoicing.api.schemas.clinics import ClinicBody
from invoicing.domain.clinics.contrast import contrast_with_white
from pydantic import ValidationError

PROFILE = {"name": "Praxis", "currency": "EUR", "time_zone": "Europe/Berlin"}


def test_a_look_is_kept_as_it_is_told_and_left_out_it_is_plain() -> None:
    told = {"paper": "letter", "colour": "#5b2a86", "footer": ["PR 123"]}
    look = ClinicBody.model_validate(PROFILE | {"look": told}).clinic("c-1").look
    assert (look.paper, look.colour, look.footer) == ("letter", "#5b2a86", ("PR 123",))
    plain = ClinicBody.model_validate(PROFILE).clinic("c-1").look
    assert (plain.paper, plain.colour, plain.footer) == (None, None, ())


@pytest.mark.parametrize(
    ("look", "field"),
    [
        ({"colour": "#ffcc00"}, "colour"),
        ({"colour": "red"}, "colour"),
        ({"paper": "A3"}, "paper"),
        ({"footer": ["1", "2", "3", "4"]}, "footer"),
        ({"footer": ["x" * 151]}, "footer"),
    ],
)
def test_what_cannot_be_read_or_has_no_place_is_refused_by_its_name(look: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ClinicBody.model_validate(PROFILE | {"look": look})
    assert {error["loc"][:2] for error in refused.value.errors()} == {("look", field)}


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#777777", 4.48)]
)
def test_contrast_is_that_of_wcag(colour: str, ratio: float) -> None:
    assert round(contrast_with_white(colour), 2) == ratio
