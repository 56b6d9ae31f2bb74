"""Values with some of their fields changed."""

import dataclasses

import pytest
from invoicing.domain.invoice.lifecycle import FINALIZED

from kernel.money import Money
from kernel.value import replace, value
from tests.unit.invoicing.examples import drafted


@value
class _Named:
    name: str


def test_a_value_with_other_fields_is_what_the_standard_library_makes_of_it() -> None:
    draft = drafted()
    totals = replace(draft.totals, due=Money(1, "EUR"))
    changed = replace(draft, version=2, status=FINALIZED, totals=totals)
    assert changed == dataclasses.replace(draft, version=2, status=FINALIZED, totals=totals)
    assert (draft.version, draft.totals.due) != (2, Money(1, "EUR"))
    assert replace(_Named("a"), name="b") == _Named("b")
    assert replace(_Named("a")) == _Named("a")


def test_a_field_that_a_value_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="Money has no field minor"):
        replace(Money(1, "EUR"), minor=2)  # type: ignore[call-arg]
