"""A rule that says no carries its own code and status."""

import pytest

from kernel.errors import BusinessError, Conflict, Forbidden, IllegalTransition, NotFound, PreconditionFailed


@pytest.mark.parametrize(
    ("kind", "status"),
    [(BusinessError, 422), (NotFound, 404), (Forbidden, 403), (Conflict, 409), (PreconditionFailed, 412)],
)
def test_every_kind_has_its_http_status(kind: type[BusinessError], status: int) -> None:
    error = kind("some-code", "some words", field="/amount")
    assert (error.status, error.code, error.message, error.field) == (status, "some-code", "some words", "/amount")
    assert str(error) == "some words"


def test_a_status_can_be_given() -> None:
    assert BusinessError("teapot", "short and stout", status=418).status == 418


def test_an_illegal_transition_names_thing_state_and_command() -> None:
    error = IllegalTransition("invoice inv-1", "void", "be finalized")
    assert isinstance(error, Conflict)
    assert (error.status, error.code) == (409, "illegal-transition")
    assert error.message == "invoice inv-1 is void: it cannot be finalized"
