"""Which list has the price: the order, item by item, whatever order the lists are in."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.drafts.drafting import draft, reprice
from invoicing.domain.pricing.price_list import AppliesTo, PriceList, check
from invoicing.domain.pricing.terms import Terms

from kernel.errors import BusinessError
from tests.parts.sessions import Json, item, procedure
from tests.unit.invoicing.examples import AT, SYSTEM, clinic, drafted, price_list, session

AOK: Json = {"payer_id": "aok", "payer_name": None, "plan": "plus", "member_id": "X1", "relationship": "self"}
SCOPES = {
    "aok-plus": AppliesTo("aok", "plus"),
    "plus": AppliesTo(plan="plus"),
    "aok": AppliesTo("aok"),
    "doc-4": AppliesTo(provider_id="doc-4"),
    "everybody": AppliesTo(),
}


def prices(name: str, minor: int, code: str = "D1", scope: AppliesTo | None = None, **changes: str) -> PriceList:
    return replace(price_list(item(code, minor), **changes), price_list_id=name, applies_to=scope)


ALL = tuple(prices(name, 100 + n, scope=scope) for n, (name, scope) in enumerate(SCOPES.items()))
NAMED, OWN = prices("named", 300), prices("own", 200)


def traced(terms: Terms, code: str = "D1", cover: Json | None = AOK, provider: str | None = "doc-4") -> tuple[str, str]:
    """List and rule of the price of one procedure; of no list, when it has none."""
    patient = {"patient_id": "pat-77", "name": "Ada Example", "coverage": cover}
    done = session(procedures=[procedure(code, provider_id=provider)], materials=[], patient=patient)
    trace = draft(done, terms, AT, SYSTEM).lines[0].price
    return (trace.price_list_id, trace.rule) if trace else ("", "")


def test_lists_are_asked_in_their_order() -> None:
    left = list(ALL)
    seen: list[tuple[str, str]] = []
    while left:
        seen.append(traced(Terms(clinic(), OWN, "EUR", None, tuple(left))))
        if seen[-1][1] == "clinic":
            break
        left = [listed for listed in left if listed.price_list_id != seen[-1][0]]
    assert seen == [
        ("aok-plus", "plan"),
        ("plus", "plan"),
        ("aok", "plan"),
        ("doc-4", "provider"),
        ("own", "clinic"),
    ]
    assert traced(Terms(clinic(), None, "EUR", None, tuple(left))) == ("everybody", "default")


def test_an_item_that_a_list_lacks_is_taken_from_the_next() -> None:
    special = prices("aok-plus", 100, "D2", AppliesTo("aok", "plus"))
    terms = Terms(clinic(), OWN, "EUR", None, (special,))
    assert traced(terms, "D2") == ("aok-plus", "plan")
    assert traced(terms, "D1") == ("own", "clinic")
    assert traced(terms, "D9") == ("", "")


def test_a_list_that_the_session_names_is_the_only_one_asked() -> None:
    assert traced(Terms(clinic(), OWN, "EUR", NAMED, ALL)) == ("named", "named")
    assert traced(Terms(clinic(), OWN, "EUR", prices("named", 300, "D2"), ALL)) == ("", "")


def test_who_has_another_plan_or_provider_pays_the_clinics_price() -> None:
    scoped = ALL[:4]
    assert traced(Terms(clinic(), OWN, "EUR", None, scoped), cover=None, provider="doc-9") == ("own", "clinic")
    other = {**AOK, "payer_id": "tk", "plan": "basic"}
    assert traced(Terms(clinic(), OWN, "EUR", None, scoped), cover=other) == ("doc-4", "provider")


def test_a_list_in_another_currency_is_not_asked() -> None:
    francs = prices("plus", 100, scope=AppliesTo(plan="plus"), currency="CHF")
    assert traced(Terms(clinic(), OWN, "EUR", None, (francs,))) == ("own", "clinic")


@given(lists=st.permutations(ALL))
def test_the_order_in_which_the_lists_are_kept_does_not_matter(lists: list[PriceList]) -> None:
    assert traced(Terms(clinic(), OWN, "EUR", None, tuple(lists))) == ("aok-plus", "plan")


def test_what_had_no_price_is_priced_by_the_plan_later() -> None:
    patient = {"patient_id": "pat-77", "name": "Ada Example", "coverage": AOK}
    waiting = drafted(Terms(clinic(), None, "EUR"), procedures=[procedure("D1")], materials=[], patient=patient)
    [line] = reprice(waiting, Terms(clinic(), None, "EUR", None, ALL)).lines
    assert line.price is not None
    assert line.price.rule == "plan"


def test_a_list_is_a_plans_or_a_providers_not_both() -> None:
    with pytest.raises(BusinessError) as refused:
        check(prices("both", 1, scope=AppliesTo("aok", None, "doc-4")))
    assert refused.value.field == "/applies_to"
