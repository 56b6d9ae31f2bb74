"""Every change of a payment, of a bank transaction and of settings is a revision; whoever tampers with it is found."""

import json
from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from typer.testing import CliRunner

from cli import app
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.patience import until
from tests.parts.statements import Moved, camt
from tests.parts.tampering import Database, FourWays, History

pytestmark = pytest.mark.any_broker


@pytest.fixture
def database(settings: dict[str, str]) -> Iterator[Database]:
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        yield client[settings["MONGO_DATABASE"]]


def revisions_of(desk: Desk, path: str) -> list[Json]:
    items: list[Json] = body_of(desk.get(f"{path}/revisions"), 200)["items"]
    return items


def broken(desk: Desk) -> list[Json]:
    report = body_of(desk.get(f"/clinics/{desk.clinic}/revisions/verification"), 200)
    findings: list[Json] = report["findings"]
    return findings


@pytest.fixture
def payment_id(desk: Desk) -> str:
    """A transfer of which something was given back three times."""
    id_: str = body_of(desk.post("/payments", desk.transfer(5_000)), 201)["payment_id"]
    for _ in range(3):
        body_of(desk.manager.refund(id_, 100), 201)
    return id_


class TestTampering(FourWays):
    @pytest.fixture
    def history(self, desk: Desk, payment_id: str, settings: dict[str, str], database: Database) -> History:
        body_of(desk.manager.put(desk.settings_path, {}), 200)
        path = f"/clinics/{desk.clinic}/revisions/verification"
        return History(settings, database, "payments", payment_id, lambda: desk.get(path))


def test_each_change_of_a_payment_tells_who_made_it_and_why(desk: Desk, payment_id: str) -> None:
    first, second, *_ = revisions_of(desk, f"/payments/{payment_id}")
    assert (first["version"], first["type"], first["previous"]) == (1, "payments.payment-received.v1", "")
    assert (first["actor_role"], second["actor_role"]) == ("front_desk", "billing_manager")
    assert (second["type"], second["reason"]) == ("payments.payment-refunded.v1", "crown not fitted")
    changed = {change["field"]: (change["before"], change["after"]) for change in second["changes"]}
    assert changed["/status"] == ("settled", "partly_refunded")
    [refund] = [after for field, (before, after) in changed.items() if field.startswith("/refunds/") and before is None]
    assert refund["amount"] == money(100)
    assert [revision["version"] for revision in revisions_of(desk, f"/payments/{payment_id}")] == [1, 2, 3, 4]
    assert revisions_of(desk.as_("auditor"), f"/payments/{payment_id}") != []


def test_what_is_not_published_has_its_revision_all_the_same(desk: Desk) -> None:
    """A card payment comes to know its PaymentIntent, which is no event."""
    paid = desk.paid_by_card(5_000)
    refunded = body_of(desk.manager.refund(paid["payment_id"], 1_000), 201)
    refunded = desk.until_status(refunded["payment_id"], "partly_refunded")
    kept = revisions_of(desk, f"/payments/{paid['payment_id']}")
    assert [revision["version"] for revision in kept] == list(range(1, len(kept) + 1))
    assert kept[-1]["version"] >= refunded["version"]
    types = [revision["type"] for revision in kept]
    assert "payments.payment-noted" in types
    assert types.count("payments.payment-received.v1") == types.count("payments.payment-refunded.v1") == 1
    assert {revision["actor_id"] for revision in kept} >= {"stripe"}
    assert broken(desk) == []


def test_a_transaction_and_what_it_pays_tell_of_each_other(desk: Desk) -> None:
    body_of(desk.upload(camt([Moved(4_000, reference="RF712348231")])), 201)
    [queued] = desk.transactions()
    path = f"/bank-transactions/{queued['transaction_id']}"
    share = {"patient_id": "pat-77", "amount": money(4_000)}
    matched = body_of(desk.post(f"{path}/match", {"shares": [share]}), 200)
    payment_id = matched["decision"]["shares"][0]["payment_id"]
    body_of(desk.manager.post(f"{path}/unmatch", {"reason": "of another patient"}), 200)
    imported, waits, by_hand, back = revisions_of(desk, path)
    assert (imported["type"], imported["cause"]) == (
        "payments.bank-transaction-imported",
        queued["bank_statement_id"],
    )
    assert (waits["actor_id"], by_hand["actor_role"]) == ("bank-matching", "front_desk")
    assert (back["type"], back["reason"]) == ("payments.bank-transaction-unmatched", "of another patient")
    received, reversed_ = revisions_of(desk, f"/payments/{payment_id}")
    assert received["cause"] == reversed_["cause"] == queued["transaction_id"]
    assert (reversed_["reason"], reversed_["actor_role"]) == ("of another patient", "billing_manager")
    assert broken(desk) == []


def test_a_transfer_that_is_looked_at_again_keeps_a_whole_history(desk: Desk) -> None:
    """It came before the invoice that it names."""
    body_of(desk.upload(camt([Moved(4_000, reference="RF18539007547034")])), 201)
    [queued] = desk.transactions()
    assert queued["status"] == "unmatched"
    desk.publish(desk.invoice(due=4_000, payment_reference="RF18539007547034", finalized_at="2026-11-01T10:00:00Z"))
    path = f"/bank-transactions/{queued['transaction_id']}"
    until(lambda: desk.get(path).json()["status"], lambda status: status == "matched")
    assert [revision["type"].rpartition("transaction-")[2] for revision in revisions_of(desk, path)] == [
        "imported",
        "queued",
        "looked-at-again",
        "matched",
    ]
    assert broken(desk) == []


def test_a_changed_revision_of_settings_and_of_a_transaction_is_found(desk: Desk, database: Database) -> None:
    body_of(desk.manager.put(desk.settings_path, {"reason": "opened"}), 200)
    body_of(desk.upload(camt([Moved(4_000)])), 201)
    [transaction] = desk.transactions()
    for subject in (f"payment_settings/{desk.clinic}", transaction["transaction_id"]):
        database.revisions.update_one({"_id": f"{subject}:00000001"}, {"$set": {"reason": "asked for"}})
    found = {(finding["subject"], finding["version"], finding["kind"]) for finding in broken(desk)}
    assert found == {
        (f"payment_settings/{desk.clinic}", 1, "changed"),
        (transaction["transaction_id"], 1, "changed"),
    }


def test_another_clinics_history_does_not_exist(desk: Desk, payment_id: str) -> None:
    stranger = desk.as_("auditor", "clinic-other")
    for path in (f"/payments/{payment_id}/revisions", f"/clinics/{desk.clinic}/revisions/verification"):
        refused = stranger.get(path)
        assert (refused.status_code, code_of(refused)) == (404, "not-found")


def test_the_terminal_verifies_payments_too(
    desk: Desk, payment_id: str, database: Database, settings: dict[str, str]
) -> None:
    options = ["--service", "payments", "--mongo", settings["MONGO_URI"], "--database", settings["MONGO_DATABASE"]]
    mine = [*options, "--clinic", desk.clinic]
    clean = CliRunner().invoke(app, ["verify-revisions", *mine, "--json"])
    assert clean.exit_code == 0, clean.output
    assert (json.loads(clean.stdout)["revisions"], json.loads(clean.stdout)["findings"]) == (4, [])
    database.revisions.update_one({"_id": f"{payment_id}:00000002"}, {"$set": {"actor_id": "usr-9"}})
    verified = CliRunner().invoke(app, ["verify-revisions", *mine])
    assert verified.exit_code == 1
    assert f"changed: {payment_id} revision 2" in verified.output
