"""What nobody bills is found: on demand, and every night, though it was taken away behind the service's back."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from invoicing.store import Store
from invoicing.usecases.completeness.check_completeness import CompletenessCheck
from pymongo import MongoClient

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox
from chassis.telemetry import REGISTRY
from contracts.topics import ACCOUNTS
from dev.parts.service import ServicePart
from kernel.clock import utc_now
from kernel.ids import derived_id
from tests.integration.invoicing.practice import Json, Practice, body_of, refusal
from tests.parts.patience import until
from tests.parts.sessions import XRAY, procedure
from tests.parts.wire import PublishedEvent, published

NIGHTS = count(4)
PERIOD = {"from": "2026-11-01", "to": "2026-11-30"}


@pytest.fixture
def database(settings: dict[str, str]) -> Iterator[Any]:
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        yield client[settings["MONGO_DATABASE"]]


def checked(settings: dict[str, str]) -> None:
    """As if another night had passed."""
    now = utc_now() + timedelta(days=next(NIGHTS))

    async def run() -> None:
        mongo, producer = Mongo(settings["MONGO_URI"], settings["MONGO_DATABASE"]), Producer(settings["KAFKA"], "test")
        await producer.start()
        outbox = Outbox(mongo, producer, "/chairside/invoicing")
        rows: list[Any] = []
        outbox.on_commit(rows.extend)
        check = CompletenessCheck(Store(mongo), outbox, lambda: now, 2)
        while await check():
            pass
        await outbox.publish(rows)
        await producer.stop()
        await mongo.close()

    asyncio.run(run())


def report(practice: Practice, **params: Any) -> Json:
    return body_of(practice.get(f"/clinics/{practice.clinic}/reports/completeness", **{**PERIOD, **params}))


def states(practice: Practice) -> dict[str, list[str]]:
    """By session."""
    return {
        session["session_id"]: [item["state"] for item in session["items"]] for session in report(practice)["items"]
    }


def alarms(practice: Practice, version: int) -> list[PublishedEvent]:
    return published(practice.kafka, ACCOUNTS.name, derived_id("unb", practice.invoice_id()), version)


def without_line(database: Any, invoice_id: str, line_id: str) -> None:
    """Takes a line out of the invoice, as no command of the service can."""
    row = database.invoices.find_one({"_id": invoice_id})
    snapshot = json.loads(row["snapshot"])
    snapshot["lines"] = [line for line in snapshot["lines"] if line["line_id"] != line_id]
    database.invoices.update_one({"_id": invoice_id}, {"$set": {"snapshot": json.dumps(snapshot).encode()}})


def test_the_report_says_of_each_item_where_it_is_billed(practice: Practice) -> None:
    final = practice.finalized()
    practice.drafted("ses-2", procedures=[procedure("D9999")])
    found = report(practice)
    assert found["counts"] == {"billed": 2, "unpriced": 1, "drafted": 1}
    first = next(item for item in found["items"] if item["session_id"] == "ses-1")
    assert (first["day"], first["versions"], first["unbilled"]) == ("2026-11-20", [1], 0)
    assert first["items"][1] == {
        "kind": "material",
        "source_id": "m-1",
        "code": "COMP-A2",
        "scope": "g",
        "quantity": "0.5",
        "said_in": 1,
        "state": "billed",
        "invoice_id": final["invoice_id"],
        "line_id": "material:m-1",
        "number": final["number"],
        "differs": [],
        "reason": None,
        "by": None,
    }
    assert [item["session_id"] for item in report(practice, unbilled=True)["items"]] == ["ses-2"]


def test_what_was_corrected_or_voided_is_told_with_every_version(practice: Practice) -> None:
    practice.hears(
        practice.session("ses-1"),
        practice.corrected("ses-1", procedures=[procedure(XRAY, 2)], materials=[]),
        practice.session("ses-2"),
        practice.voided("ses-2"),
        practice.session("ses-1"),
        practice.voided("ses-2"),
    )
    practice.until_version(2, "ses-2")
    practice.drafted("ses-3")
    assert states(practice) == {
        "ses-1": ["removed", "removed", "drafted"],
        "ses-2": ["session-voided"] * 2,
        "ses-3": ["drafted"] * 2,
    }
    assert {item["session_id"]: item["versions"] for item in report(practice)["items"]}["ses-1"] == [1, 2]


def test_what_came_out_of_order_and_twice_is_kept_once_a_version(practice: Practice) -> None:
    practice.hears(practice.corrected(version=3), practice.corrected(version=2, materials=[]), practice.session())
    practice.hears(practice.session(), practice.corrected(version=3), practice.session("ses-2"))
    practice.until_version(1, "ses-2")
    [first] = [item for item in report(practice)["items"] if item["session_id"] == "ses-1"]
    assert first["versions"] == [1, 2, 3]


def test_a_session_that_broke_a_rule_is_heard_of_and_missing(practice: Practice) -> None:
    named = f"ses-{practice.clinic}"
    many = [procedure("D2391", n) for n in range(1_501)]
    practice.hears(practice.session(named, procedures=many, materials=[]))
    assert practice.rejected(named)["error-code"] == b"too-many-lines"
    assert report(practice)["counts"] == {"missing": 1_501}


def test_the_report_is_of_the_clinics_days_and_paged(practice: Practice) -> None:
    practice.drafted("ses-1", completed_at="2026-10-31T23:30:00Z")  # in Berlin it is November already
    practice.drafted("ses-2", completed_at="2026-11-30T23:30:00Z")  # and here December
    for n in (3, 4, 5):
        practice.drafted(f"ses-{n}")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = report(practice, limit=2, cursor=cursor)
        assert (page["counts"] is None) == bool(seen)
        seen += [item["session_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == ["ses-1", "ses-3", "ses-4", "ses-5"]
    backwards = practice.get(f"/clinics/{practice.clinic}/reports/completeness", **{**PERIOD, "to": "2026-10-01"})
    assert refusal(backwards) == (422, "period")


def test_a_line_that_is_removed_behind_the_services_back_is_found_and_told_once(
    practice: Practice, database: Any, settings: dict[str, str]
) -> None:
    final = practice.finalized()
    checked(settings)
    row = database.invoices.find_one({"_id": final["invoice_id"]})
    without_line(database, final["invoice_id"], "material:m-1")
    assert states(practice) == {"ses-1": ["billed", "missing"]}
    checked(settings)
    checked(settings)
    [first] = alarms(practice, 1)
    assert first.type == "items-unbilled"
    assert first.body["items"] == [
        {"kind": "material", "source_id": "m-1", "code": "COMP-A2", "quantity": "0.5", "state": "missing"}
    ]
    assert (first.body["limit_hours"], first.body["session_id"]) == (72, "ses-1")
    assert (REGISTRY.get_sample_value("chairside_unbilled_items", {"state": "missing"}) or 0) >= 1

    database.invoices.delete_one({"_id": final["invoice_id"]})
    assert states(practice) == {"ses-1": ["missing", "missing"]}
    checked(settings)
    assert [len(alarm.body["items"]) for alarm in alarms(practice, 2)] == [1, 2]

    database.invoices.insert_one(row)
    checked(settings)
    assert [len(alarm.body["items"]) for alarm in alarms(practice, 3)] == [1, 2, 0]


def test_what_is_within_the_clinics_limit_is_no_alarm(practice: Practice, settings: dict[str, str]) -> None:
    body_of(practice.put(f"/clinics/{practice.clinic}", {**_profile(practice), "unbilled_limit_hours": 24 * 365}))
    practice.drafted()
    checked(settings)
    body_of(practice.put(f"/clinics/{practice.clinic}", {**_profile(practice), "unbilled_limit_hours": 1}))
    checked(settings)
    [only] = alarms(practice, 1)
    assert only.body["limit_hours"] == 1


def _profile(practice: Practice) -> Json:
    stored = body_of(practice.get(f"/clinics/{practice.clinic}"))
    return {name: value for name, value in stored.items() if name not in ("clinic_id", "version")}


def test_a_service_checks_when_it_starts_for_the_first_time_and_tells_it_as_a_metric(service: ServicePart) -> None:
    def metrics() -> str:
        return service.asked("/metrics").text

    seen = until(metrics, lambda text: 'chairside_unbilled_items{state="missing"} 0.0' in text)
    assert "chairside_completeness_checked_timestamp_seconds 1." in seen
