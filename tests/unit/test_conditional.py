"""If-Match carries the version that the caller read."""

import pytest

from chassis.http import demand_version, etag
from chassis.http.conditional import if_match, optional_if_match
from chassis.http.problems import HttpProblem
from kernel.errors import PreconditionFailed


def test_a_version_is_a_strong_entity_tag() -> None:
    assert etag(3) == '"3"'
    assert if_match(etag(3)) == 3


def test_a_star_is_any_version() -> None:
    assert if_match("*") is None


def test_a_missing_header_is_required() -> None:
    with pytest.raises(HttpProblem) as refused:
        if_match(None)
    assert (refused.value.status, refused.value.code) == (428, "precondition-required")


def test_where_it_is_optional_a_missing_header_is_any_version() -> None:
    assert optional_if_match(None) is None
    assert optional_if_match('"4"') == 4


@pytest.mark.parametrize("value", ['W/"3"', 'W/"abc"', '"abc"', '""', '"-1"', '"3.0"', '"1' + "0" * 18 + '"'])
def test_a_tag_that_no_version_has_never_matches(value: str) -> None:
    with pytest.raises(PreconditionFailed):
        if_match(value)


@pytest.mark.parametrize("value", ["3", "", '"3', '"3", "4"', "W/3", 'w/"3"', '"3"x', '"٣"', '"Ù£"'])
def test_what_is_no_entity_tag_is_malformed(value: str) -> None:
    with pytest.raises(HttpProblem) as refused:
        if_match(value)
    assert (refused.value.status, refused.value.code) == (400, "if-match-malformed")


def test_a_stale_version_is_refused_and_the_current_one_named() -> None:
    demand_version(3, 3)
    demand_version(None, 3)
    with pytest.raises(PreconditionFailed, match="current version is 4"):
        demand_version(3, 4)
