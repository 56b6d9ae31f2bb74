"""Somebody changes the history directly in the database, and it is told: what, where, over HTTP and at the terminal."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from invoicing.journal import JOURNAL
from pymongo import MongoClient
from typer.testing import CliRunner

from chassis.database.mongo import Mongo
from chassis.journal.verifier import Report, Verifier
from cli import app
from kernel.clock import utc_now
from tests.integration.invoicing.practice import Json, Practice, body_of
from tests.parts.sessions import clinic
from tests.parts.tampering import Database, FourWays, History, sealed, with_mongo

pytestmark = pytest.mark.any_broker


@pytest.fixture
def database(settings: dict[str, str]) -> Iterator[Database]:
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        yield client[settings["MONGO_DATABASE"]]


def checked(settings: dict[str, str], clinic_id: str) -> Report:
    async def work(mongo: Mongo) -> Report:
        return await Verifier(mongo, JOURNAL).verify(clinic_id)

    report: Report = with_mongo(settings, work)
    return report


def verified(practice: Practice, **params: Any) -> Json:
    return body_of(practice.get(f"/clinics/{practice.clinic}/revisions/verification", **params))


def broken(practice: Practice) -> set[tuple[str, int, str]]:
    report = verified(practice)
    assert report["intact"] is (report["findings"] == [])
    return {(finding["subject"], finding["version"], finding["kind"]) for finding in report["findings"]}


@pytest.fixture
def invoice(practice: Practice) -> str:
    """An invoice with four revisions, of a clinic with a history of its own."""
    practice.finalized("ses-0")
    id_: str = practice.drafted()["invoice_id"]
    for version, note in enumerate("abc", 1):
        body_of(practice.patch(f"/invoices/{id_}", {"note": note}, version))
    body_of(practice.put(f"/clinics/{practice.clinic}", clinic(phone="030")))
    return id_


class TestTampering(FourWays):
    @pytest.fixture
    def history(self, practice: Practice, invoice: str, settings: dict[str, str], database: Database) -> History:
        path = f"/clinics/{practice.clinic}/revisions/verification"
        return History(settings, database, "invoices", invoice, lambda: practice.get(path))


def test_an_honest_history_is_intact_and_says_what_is_not_sealed_yet(
    practice: Practice, invoice: str, settings: dict[str, str]
) -> None:
    fresh = verified(practice)
    figures = {"revisions": 9, "documents": 4, "more": False, "findings": [], "intact": True}
    assert fresh == {"clinic_id": practice.clinic, **figures, "seals": 0, "sealed_until": None, "unsealed": 9}
    sealed(settings, 0)
    assert verified(practice) == fresh, "today is not over"
    sealed(settings)
    assert verified(practice) == {
        **fresh,
        "seals": 1,
        "unsealed": 0,
        "sealed_until": utc_now().date().isoformat(),
    }
    nothing = verified(practice, **{"from": "2020-01-01", "to": "2020-12-31"})
    assert (nothing["revisions"], nothing["seals"], nothing["intact"]) == (0, 0, True)


def test_a_changed_revision_is_found_in_the_history_of_a_profile(practice: Practice, database: Database) -> None:
    subject = f"clinics/{practice.clinic}"
    database.revisions.update_one({"_id": f"{subject}:00000001"}, {"$set": {"reason": "asked for"}})
    assert broken(practice) == {(subject, 1, "changed")}


def test_a_document_that_is_not_what_its_history_says_is_found(
    practice: Practice, invoice: str, database: Database
) -> None:
    snapshot = database.invoices.find_one({"_id": invoice})["snapshot"]
    database.invoices.update_one({"_id": invoice}, {"$set": {"snapshot": snapshot.replace(b"12500", b"12400")}})
    database.clinics.update_one({"_id": practice.clinic}, {"$set": {"currency": "CHF"}})
    database.price_lists.delete_one({"_id": f"{practice.clinic}/standard"})
    assert broken(practice) == {
        (invoice, 4, "state-changed"),
        (f"clinics/{practice.clinic}", 2, "state-changed"),
        (f"price_lists/{practice.clinic}/standard", 0, "state-removed"),
    }


def test_credit_notes_are_verified_with_the_rest(practice: Practice, database: Database) -> None:
    final = practice.finalized()
    headers = {**practice._authorization(2), "Idempotency-Key": "k-1"}
    notes = f"/invoices/{final['invoice_id']}/credit-notes"
    note = body_of(practice.http.post(notes, json={"reason": "guarantee"}, headers=headers), 201)["credit_note_id"]
    assert broken(practice) == set()
    database.credit_notes.update_one({"_id": note}, {"$set": {"snapshot": b"{}"}})
    assert broken(practice) == {(note, 1, "state-changed")}
    database.credit_notes.delete_one({"_id": note})
    assert broken(practice) == {(note, 0, "state-removed")}


def test_a_seal_that_was_changed_is_found(
    practice: Practice, invoice: str, database: Database, settings: dict[str, str]
) -> None:
    sealed(settings)
    database.seals.update_one({"clinic_id": practice.clinic}, {"$set": {"subjects": 1}})
    assert broken(practice) == {(f"seals/{practice.clinic}", 1, "seal-changed")}


def test_days_are_sealed_one_after_the_other_and_chained(
    practice: Practice, invoice: str, database: Database, settings: dict[str, str]
) -> None:
    """The first revisions are made to look two days old, before anything is sealed."""
    subject = f"clinics/{practice.clinic}"
    rows = list(database.revisions.find({"subject": subject}).sort("version", 1))
    database.revisions.update_one({"_id": rows[0]["_id"]}, {"$set": {"at": rows[0]["at"] - timedelta(days=2)}})
    sealed(settings)
    first, second = database.seals.find({"clinic_id": practice.clinic}).sort("number", 1)
    assert (first["number"], first["subjects"], first["previous"]) == (1, 1, "")
    assert (second["number"], second["subjects"], second["previous"]) == (2, 4, first["hash"])
    assert broken(practice) == {(subject, 1, "changed")}
    assert checked(settings, practice.clinic).seals == 2


def test_the_terminal_says_what_is_broken_and_ends_with_1(
    practice: Practice, invoice: str, database: Database, settings: dict[str, str]
) -> None:
    options = ["--service", "invoicing", "--mongo", settings["MONGO_URI"], "--database", settings["MONGO_DATABASE"]]
    mine = [*options, "--clinic", practice.clinic]
    runner = CliRunner()
    clean = runner.invoke(app, ["verify-revisions", *mine, "--json"])
    assert clean.exit_code == 0, clean.output
    assert (json.loads(clean.stdout)["revisions"], json.loads(clean.stdout)["findings"]) == (9, [])
    database.revisions.update_one({"_id": f"{invoice}:00000002"}, {"$set": {"actor_id": "usr-9"}})
    result = runner.invoke(app, ["verify-revisions", *options])
    assert result.exit_code == 1
    assert f"changed: {invoice} revision 2" in result.output
    day = utc_now().date() - timedelta(days=7)
    elsewhere = runner.invoke(app, ["verify-revisions", *mine, "--to", day.isoformat()])
    assert elsewhere.exit_code == 0, elsewhere.output
    assert runner.invoke(app, ["verify-revisions", *mine, "--service", "bakery"]).exit_code == 2
    assert runner.invoke(app, ["verify-revisions", *options[2:]]).exit_code == 2, "whose database is it?"
    nobody = ["--mongo", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"]
    assert runner.invoke(app, ["verify-revisions", *nobody]).exit_code == 3
