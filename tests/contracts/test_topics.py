"""The registry of topics is the table that everybody outside was given."""

import ast
import re
from pathlib import Path

import pytest

from contracts import topics
from contracts.topics import ALL_TOPIC_NAMES, HEARS, SERVICES, TOPICS, dead_letter, max_record_bytes, topic_of

REPOSITORY = Path(__file__).parents[2]
AGREEMENT = REPOSITORY.parent / "shared" / "design" / "contracts.md"

ADDED = {
    "invoicing.accounts": ["invoicing.items-unbilled.v1"],
    "cash-register.days": ["cash-register.day-cancelled.v1", "cash-register.drawer-counted.v1"],
    "payments.payments": ["payments.card-charge-announced.v1", "payments.card-charge-failed.v1"],
}
"""Types that came after the agreement, which may be added to."""
ADDED_TOPICS = {"invoicing.clinics": ("invoicing", ["invoicing.clinic-configured.v1"])}
"""Likewise topics."""


def agreed_topics() -> dict[str, tuple[str, list[str]]]:
    """Topic -> writer and event types; a short name has the prefix and the `.v1` of the first in its row."""
    if not AGREEMENT.is_file():
        pytest.skip(f"the agreement is not here: {AGREEMENT}")
    rows = re.findall(r"^\| `([a-z-]+\.[a-z-]+)` \| ([^|]+) \| ([^|]+) \|$", AGREEMENT.read_text("utf-8"), re.M)
    return {
        topic: (writer, [_full(topic, name) for name in re.findall(r"`([^`]+)`", types)])
        for topic, writer, types in rows
    }


def _full(topic: str, name: str) -> str:
    return name if "." in name else f"{topic.partition('.')[0]}.{name}.v1"


def test_topics_writers_and_types_are_those_of_the_agreement() -> None:
    agreed = agreed_topics()
    assert len(agreed) > 0
    for topic, types in ADDED.items():
        agreed[topic][1].extend(types)
    agreed |= ADDED_TOPICS
    assert {t.name: (t.owner, [event.TYPE for event in t.events]) for t in TOPICS} == agreed


def test_every_type_is_on_one_topic_and_named_after_its_writer() -> None:
    types = [event.TYPE for topic in TOPICS for event in topic.events]
    assert len(types) == len(set(types))
    for topic in TOPICS:
        for event in topic.events:
            assert topic_of(event) is topic
            assert re.fullmatch(rf"{topic.name.partition('.')[0]}\.[a-z-]+\.v[1-9][0-9]*", event.TYPE)


def test_every_service_has_a_dead_letter_that_takes_more_than_any_topic() -> None:
    letters = {dead_letter(service) for service in SERVICES}
    assert letters == set(ALL_TOPIC_NAMES) - {topic.name for topic in TOPICS}
    largest = max(max_record_bytes(topic.name) for topic in TOPICS)
    assert all(max_record_bytes(letter) > largest for letter in letters)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_hears_the_topics_that_its_document_names(service: str) -> None:
    code = [ast.parse(file.read_text("utf-8")) for file in (REPOSITORY / "services" / service).rglob("*.py")]
    calls = [node for tree in code for node in ast.walk(tree) if isinstance(node, ast.Call)]
    heard = {_topic_of(call) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Subscription"}
    assert heard == {topic.name for topic in HEARS[service]}


def _topic_of(subscription: ast.Call) -> str:
    named = {keyword.arg: keyword.value for keyword in subscription.keywords}
    given = named.get("topic") or subscription.args[0]
    assert isinstance(given, ast.Name)
    topic: topics.Topic = getattr(topics, given.id)
    return topic.name
