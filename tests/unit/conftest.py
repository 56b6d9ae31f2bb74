"""What the tests of the HTTP side share."""

from collections.abc import Iterator

import pytest

from tests.parts.issuer import Issuer, running_issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """A token issuer with an ES256 key, serving its JWKS."""
    with running_issuer() as issuer:
        yield issuer
