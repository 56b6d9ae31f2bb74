"""Every change of a day, a movement, a register and its settings is a revision; whoever tampers with it is found."""

import json
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import httpx2
import pytest
from pymongo import MongoClient
from typer.testing import CliRunner

from cli import app
from tests.integration.cash_register.test_registers import FRONT, refusal
from tests.integration.cash_register.till import TODAY, Json, Till, eur
from tests.parts.patience import until
from tests.parts.tampering import Database, FourWays, History, sealed

pytestmark = pytest.mark.any_broker


@pytest.fixture
def database(settings: dict[str, str]) -> Iterator[Database]:
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        yield client[settings["MONGO_DATABASE"]]


@pytest.fixture
def alone(till: Till) -> Till:
    """The only register of a clinic."""
    return replace(till, clinic=f"clinic-{uuid4().hex[:8]}")


@pytest.fixture
def day(alone: Till) -> Json:
    """Closed, with two movements: four versions."""
    alone.as_("billing_manager").configure(FRONT)
    alone.open()
    alone.move("pay_in", eur(500))
    alone.move("pay_out", eur(200))
    closed: Json = alone.close(eur(10_200), reason="a euro short").json()
    return closed


@pytest.fixture
def history(alone: Till, day: Json, settings: dict[str, str], database: Database) -> History:
    return History(settings, database, "days", day["day_id"], lambda: verification(alone))


def verification(till: Till) -> httpx2.Response:
    return till.as_("auditor").call("GET", f"/clinics/{till.clinic}/revisions/verification")


class TestTampering(FourWays):
    """The fixtures are those of the module. A day is stored as its fields, without a snapshot beside them."""

    def test_a_truncated_history_is_found_by_the_seal_though_the_document_was_put_back(self, history: History) -> None:
        sealed(history.settings)
        history.remove(3, 4)
        assert history.broken() == {(history.subject, 3, "truncated")}
        last = history.row(2)
        back = {**json.loads(last["snapshot"]), "head": last["hash"]}
        history.database.days.replace_one({"_id": history.subject}, back)
        assert history.broken() == {(history.subject, 3, "truncated")}

    def test_a_document_that_is_not_what_its_history_says_is_found(self, history: History) -> None:
        days = history.database.days
        days.update_one({"_id": history.subject}, {"$set": {"counted.amount_minor": 1}})
        assert history.broken() == {(history.subject, 4, "state-changed")}
        days.delete_one({"_id": history.subject})
        assert history.broken() == {(history.subject, 0, "state-removed")}


def test_each_change_of_a_day_tells_who_made_it_and_why(alone: Till, day: Json) -> None:
    auditor = alone.as_("auditor")
    opened, paid_in, paid_out, closed = auditor.read(f"/days/{TODAY}/revisions")["items"]
    assert (opened["version"], opened["type"], opened["previous"]) == (1, "cash-register.day-opened.v1", "")
    assert (paid_in["reason"], paid_in["actor_role"]) == ("bank", "front_desk")
    assert paid_out["previous"] == paid_in["hash"]
    assert (closed["type"], closed["reason"]) == ("cash-register.day-closed.v1", "a euro short")
    changed = {change["field"]: (change["before"], change["after"]) for change in closed["changes"]}
    assert changed["/state"] == ("open", "closed")
    assert refusal(alone.get(f"/days/{TODAY}/revisions")) == (403, "role-missing")


def test_each_change_of_a_registers_settings_tells_who_made_it_and_why(alone: Till) -> None:
    manager = alone.as_("billing_manager")
    manager.configure({**FRONT, "name": "Front"})
    manager.configure({**FRONT, "name": "Door", "reason": "moved"})
    _, second = alone.read("/revisions")["items"]
    assert (second["type"], second["reason"]) == ("cash-register.register-configured", "moved")
    changed = {change["field"]: (change["before"], change["after"]) for change in second["changes"]}
    assert changed["/name"] == ("Front", "Door")


def test_documents_that_are_not_what_their_history_says_are_found(history: History, database: Database) -> None:
    first, second = database.movements.find({"day_id": history.subject}).sort("version")
    [register] = database.registers.find({"clinic_id": first["clinic_id"]})
    database.movements.update_one({"_id": first["_id"]}, {"$set": {"amount.amount_minor": 400}})
    database.movements.delete_one({"_id": second["_id"]})
    database.registers.update_one({"_id": register["_id"]}, {"$set": {"z_number": 7}})
    database.register_settings.update_one({"_id": register["_id"]}, {"$set": {"operators": ["usr-9"]}})
    assert history.broken() == {
        (first["_id"], 1, "state-changed"),
        (second["_id"], 0, "state-removed"),
        (f"registers/{register['_id']}", register["version"], "state-changed"),
        (f"register_settings/{register['_id']}", 1, "state-changed"),
    }


def test_a_movement_has_the_one_revision_that_it_was_written_with(history: History, database: Database) -> None:
    first, second = database.movements.find({"day_id": history.subject}).sort("version")
    row = database.revisions.find_one({"_id": f"{second['_id']}:00000001"})
    database.revisions.insert_one({**row, "_id": f"{second['_id']}:00000002", "version": 2})
    database.revisions.delete_one({"_id": f"{first['_id']}:00000001"})
    assert history.broken() == {
        (first["_id"], 1, "truncated"),
        (second["_id"], 1, "state-changed"),
        (second["_id"], 2, "changed"),
    }


def test_what_was_taken_and_what_it_was_known_to_be_for_are_under_verification(
    alone: Till, settings: dict[str, str], database: Database
) -> None:
    day_id = alone.open().json()["day_id"]
    alone.publish(alone.payment(5_000), alone.payment(2_000, method="cheque", register_id=None))
    until(lambda: database.takings.count_documents({"clinic_id": alone.clinic}), lambda found: found == 1)
    alone.until_booked(1)
    alone.close(eur(15_000))
    history = History(settings, database, "days", day_id, lambda: verification(alone))
    assert history.broken() == set()
    cash, cheque = database.reckonings.find({"day_id": day_id}).sort("books")
    [taken] = database.takings.find({"clinic_id": alone.clinic})
    database.reckonings.update_one({"_id": cash["_id"]}, {"$set": {"payments.0.origin.paid_minor": 1}})
    database.reckonings.delete_one({"_id": cheque["_id"]})
    database.takings.update_one({"_id": taken["_id"]}, {"$set": {"number": 2}})
    assert history.broken() == {
        (f"reckonings/{cash['_id']}", 1, "state-changed"),
        (f"reckonings/{cheque['_id']}", 0, "state-removed"),
        (f"takings/{taken['_id']}", 1, "state-changed"),
    }


def test_what_is_older_than_the_journal_begins_its_history_with_its_next_change(
    alone: Till, settings: dict[str, str], database: Database
) -> None:
    alone.open()
    day_id = alone.move("pay_in", eur(500)).json()["day_id"]
    database.revisions.delete_many({"clinic_id": alone.clinic})
    for collection in ("days", "movements", "registers"):
        database[collection].update_many({"clinic_id": alone.clinic}, {"$unset": {"head": ""}})
    history = History(settings, database, "days", day_id, lambda: verification(alone))
    assert history.broken() == set()
    alone.close(eur(10_500))
    assert history.row(3)["previous"] == ""
    assert history.broken() == set()
    history.remove(3)
    assert history.broken() == {(day_id, 1, "truncated")}


def test_the_terminal_verifies_cash_registers_too(history: History, alone: Till, settings: dict[str, str]) -> None:
    options = ["--service", "cash-register", "--mongo", settings["MONGO_URI"]]
    mine = [*options, "--database", settings["MONGO_DATABASE"], "--clinic", alone.clinic]
    clean = CliRunner().invoke(app, ["verify-revisions", *mine, "--json"])
    assert clean.exit_code == 0, clean.output
    # Four of the day, one of each movement, one of the settings, and of the register: configured, opened, closed.
    assert (json.loads(clean.stdout)["revisions"], json.loads(clean.stdout)["findings"]) == (10, [])
    history.database.revisions.update_one({"_id": history.place(2)}, {"$set": {"actor_id": "usr-9"}})
    verified = CliRunner().invoke(app, ["verify-revisions", *mine])
    assert verified.exit_code == 1
    assert f"changed: {history.subject} revision 2" in verified.output
