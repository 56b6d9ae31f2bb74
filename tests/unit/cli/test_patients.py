"""Who a FHIR patient is: nobody's former name, mailbox or address comes onto an invoice."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.calendar import ClinicCalendar, Unreadable
from cli.fhir import Patient, Reference
from cli.patients import patient_body

Json = dict[str, Any]
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def seen(at: datetime = AT, zone: str | None = None, **elements: Any) -> Json:
    patient = Patient.model_validate({"resourceType": "Patient", "id": "ada"} | elements)
    return patient_body("ada", Reference(display="A. B."), patient, at, ClinicCalendar(lambda: zone))


def email(*mailboxes: Json, **others: Any) -> str | None:
    told: str | None = seen(telecom=[{"system": "email"} | mailbox for mailbox in mailboxes], **others)["email"]
    return told


def mailbox(value: str, **elements: Any) -> Json:
    return {"value": f"{value}@example.org"} | elements


@pytest.mark.parametrize(
    ("mailboxes", "expected"),
    [
        ([mailbox("old", use="old"), mailbox("new", use="home")], "new"),
        ([mailbox("old", use="old", rank=1), mailbox("new", use="temp")], "new"),
        ([mailbox("left", period={"end": "2026-06-30"}), mailbox("new", period={"start": "2026-07-01"})], "new"),
        ([mailbox("soon", period={"start": "2027-01-01"}), mailbox("now")], "now"),
        ([mailbox("second", rank=2), mailbox("first", rank=1), mailbox("none")], "first"),
        ([mailbox("unranked", use="home"), mailbox("ranked", use="work", rank=9)], "ranked"),
        ([mailbox("desk", use="work"), mailbox("mine", use="home")], "mine"),
        ([mailbox("year", period={"end": "2026"})], "year"),
        ([mailbox("month", period={"start": "2026-11", "end": "2026-11"})], "month"),
        ([mailbox("day", period={"start": "2026-11-20", "end": "2026-11-20"})], "day"),
        ([{"value": " "}, mailbox("said")], "said"),
        ([mailbox("earlier", period={"start": "2020"}), mailbox("later", period={"start": "2025-02"})], "later"),
    ],
)
def test_the_mailbox_is_the_one_that_counts(mailboxes: list[Json], expected: str) -> None:
    for order in permutations(mailboxes):
        assert email(*order) == f"{expected}@example.org"


@pytest.mark.parametrize(
    "gone",
    [
        mailbox("x", use="old"),
        mailbox("x", period={"end": "2025"}),
        mailbox("x", period={"end": "2026-10"}),
        mailbox("x", period={"end": "2026-11-20T08:59:59Z"}),
        mailbox("x", period={"start": "2026-11-20T09:00:01Z"}),
        mailbox("x", use="home", rank=1, period={"start": "2020", "end": "2026-11-19"}),
    ],
)
def test_nothing_is_mailed_where_nobody_reads_it_any_more_or_yet(gone: Json) -> None:
    assert email(gone) is None


def test_the_end_of_a_day_is_that_of_the_clinic() -> None:
    late = datetime(2026, 11, 21, 5, tzinfo=UTC)  # still the 20th in Los Angeles
    there = {"telecom": [{"system": "email", "value": "a@example.org", "period": {"end": "2026-11-20"}}]}
    assert seen(late, "America/Los_Angeles", **there)["email"] == "a@example.org"
    assert seen(late, "Europe/Berlin", **there)["email"] is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([{"text": "Ada Byron", "use": "maiden"}, {"text": "Ada Lovelace", "use": "official"}], "Ada Lovelace"),
        ([{"text": "Ada Byron", "use": "old"}, {"text": "Ada Lovelace"}], "Ada Lovelace"),
        ([{"text": "Addy", "use": "nickname"}, {"text": "Ada Lovelace", "use": "usual"}], "Ada Lovelace"),
        ([{"text": "A. L.", "use": "usual"}, {"text": "Ada Lovelace", "use": "official"}], "Ada Lovelace"),
        ([{"text": "X", "use": "anonymous"}, {"given": ["Ada"], "family": "Lovelace"}], "Ada Lovelace"),
        ([{"text": "Ada Byron", "period": {"end": "1835-07-08"}}, {"text": "Ada Lovelace"}], "Ada Lovelace"),
        ([{"text": "Ada Byron", "use": "official", "period": {"end": "1835"}}], "A. B."),
        ([{"text": "Ada Byron", "use": "old"}], "A. B."),
    ],
)
def test_the_name_is_the_one_that_is_borne_now(names: list[Json], expected: str) -> None:
    for order in permutations(names):
        assert seen(name=list(order))["name"] == expected


@pytest.mark.parametrize(
    ("addresses", "city"),
    [
        ([{"city": "Bonn", "use": "old"}, {"city": "Berlin", "use": "home"}], "Berlin"),
        ([{"city": "Bonn", "use": "home"}, {"city": "Berlin", "use": "billing"}], "Berlin"),
        ([{"city": "Bonn", "use": "home", "type": "physical"}, {"city": "Berlin", "type": "postal"}], "Berlin"),
        ([{"city": "Bonn", "use": "home", "period": {"end": "2026-11"}}, {"city": "Berlin", "use": "work"}], "Bonn"),
        ([{"city": "Bonn", "use": "home", "period": {"end": "2026-10"}}, {"city": "Berlin", "use": "work"}], "Berlin"),
    ],
)
def test_the_address_is_the_one_that_takes_the_bill_now(addresses: list[Json], city: str) -> None:
    for order in permutations(addresses):
        assert seen(address=list(order))["address"]["city"] == city


def test_who_has_moved_away_without_saying_where_has_no_address() -> None:
    assert "address" not in seen(address=[{"city": "Bonn", "use": "old"}])


@pytest.mark.parametrize("period", [{"end": "soon"}, {"start": "2026-13-77T"}, {"end": "2026-11-20T10:00:00"}])
def test_a_period_that_cannot_be_read_is_told(period: Json) -> None:
    with pytest.raises(Unreadable):
        email(mailbox("x", period=period))


@pytest.mark.parametrize(
    ("spoken", "locale"),
    [
        ([("de", False), ("pl", True)], "pl"),
        ([("pt-BR", False)], "pt-BR"),
        ([("de", False), ("pl", False)], None),
        ([], None),
    ],
)
def test_the_language_is_the_preferred_one(spoken: list[tuple[str, bool]], locale: str | None) -> None:
    told = [{"language": {"coding": [{"code": code}]}, "preferred": preferred} for code, preferred in spoken]
    assert seen(communication=told).get("locale") == locale


USES = st.sampled_from(["home", "work", "temp", "old", "mobile", None, "of-a-later-edition"])
DAYS = st.dates(datetime(2026, 1, 1).date(), datetime(2027, 6, 30).date()).map(str)
MAILBOXES = st.lists(
    st.fixed_dictionaries(
        {"use": USES, "rank": st.none() | st.integers(1, 3)},
        optional={"period": st.fixed_dictionaries({}, optional={"start": DAYS, "end": DAYS})},
    ),
    max_size=6,
)


@given(MAILBOXES)
def test_a_mailbox_is_told_exactly_when_one_is_in_use(mailboxes: list[Json]) -> None:
    def in_use(one: Json) -> bool:
        period = one.get("period", {})
        return bool(one["use"] != "old" and period.get("start", "") <= "2026-11-20" <= period.get("end", "9999"))

    named = [mailbox(str(n), **one) for n, one in enumerate(mailboxes)]
    told = email(*named)
    counting = [one for one in named if in_use(one)]
    assert (told is None) == (not counting)
    if told is not None:
        [chosen] = [one for one in counting if one["value"] == told]
        assert all(chosen["rank"] is not None or one["rank"] is None for one in counting)
        assert all((one["rank"] or 9) >= (chosen["rank"] or 9) for one in counting)
