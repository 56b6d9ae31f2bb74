"""The versioned save: whoever was slower is told so, and what is stored is chained as the journal has always been."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.database.mongo import Document, DriverError, Mongo, is_duplicate
from chassis.journal import seals
from chassis.journal.checks import Finding
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.journal.hashed import content_of, hash_of
from chassis.journal.journal import Journal
from chassis.journal.revisions import COLLECTION, GENESIS, Revision
from chassis.journal.verifier import Verifier
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox, Unit
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import Conflict

JOURNAL = Journal({"inv": "invoices"}, ("clinics",))
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CHANGE = Change(AT, Actor("usr-3", "Jonas Abel", "billing_manager"), "because")


@pytest.fixture
async def outbox(mongo: Mongo) -> Outbox:
    await mongo.ensure_indexes({"invoices": [], "clinics": [], "days": [], **seals.INDEXES})
    return Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test")


@pytest.fixture
def invoices(mongo: Mongo) -> VersionedDocuments:
    return VersionedDocuments(mongo, "invoices", JOURNAL, keeps_snapshot=True)


def snapshot(version: int) -> bytes:
    return b'{"version":%d}' % version


def invoice(id_: str, *numbers: int, head: str | None = None) -> DocumentChange:
    fields = {"status": "draft", "clinic_id": "clinic-berlin", "version": numbers[-1]}
    versions = [Version(n, "invoicing.invoice-changed.v1", CHANGE, snapshot(n), cause="ses-1:1") for n in numbers]
    return DocumentChange(id_, numbers[0] - 1, fields, versions, head)


def revision(subject: str, number: int, previous: str, document: str = "") -> Revision:
    return Revision(
        subject=subject,
        version=number,
        type="invoicing.invoice-changed.v1",
        clinic_id="clinic-berlin",
        at=AT,
        actor_id="usr-3",
        actor_name="Jonas Abel",
        actor_role="billing_manager",
        reason="because",
        snapshot=snapshot(number),
        previous=previous,
        cause="ses-1:1",
        document=document,
    )


async def save(outbox: Outbox, documents: VersionedDocuments, *changes: DocumentChange) -> None:
    async def work(unit: Unit) -> None:
        await documents.save(unit, changes)

    await outbox.transact(work)


async def rows(mongo: Mongo, collection: str) -> Sequence[Document]:
    found: Sequence[Document] = await mongo.collection(collection).find({}, sort=[("_id", 1)]).to_list(None)
    return found


async def test_a_document_and_its_revisions_are_stored_field_by_field_as_ever(
    mongo: Mongo, outbox: Outbox, invoices: VersionedDocuments
) -> None:
    await save(outbox, invoices, invoice("inv_1", 1, 2))
    first = revision("inv_1", 1, GENESIS)
    [document] = await rows(mongo, "invoices")
    without_head = {name: value for name, value in document.items() if name != "head"}
    second = revision("inv_1", 2, first.hash, hash_of(content_of(without_head)))
    assert list(document.items()) == [
        ("_id", "inv_1"),
        ("status", "draft"),
        ("clinic_id", "clinic-berlin"),
        ("version", 2),
        ("snapshot", snapshot(2)),
        ("head", second.hash),
    ]
    stored = await rows(mongo, COLLECTION)
    assert [(row["_id"], row["previous"], row["hash"]) for row in stored] == [
        ("inv_1:00000001", GENESIS, first.hash),
        ("inv_1:00000002", first.hash, second.hash),
    ]


@pytest.mark.parametrize("known", [True, False])
async def test_a_replaced_document_goes_on_with_its_chain(
    mongo: Mongo, outbox: Outbox, invoices: VersionedDocuments, known: bool
) -> None:
    await save(outbox, invoices, invoice("inv_1", 1), invoice("inv_2", 1))
    heads = {row["_id"]: row["head"] if known else None for row in await rows(mongo, "invoices")}
    changes = [invoice("inv_1", 2, 3, head=heads["inv_1"]), invoice("inv_2", 2, head=heads["inv_2"])]
    await save(outbox, invoices, *changes, invoice("inv_3", 1))
    assert [(row["_id"], row["version"]) for row in await rows(mongo, "invoices")] == [
        ("inv_1", 3),
        ("inv_2", 2),
        ("inv_3", 1),
    ]
    by_id = {row["_id"]: row for row in await rows(mongo, COLLECTION)}
    assert len(by_id) == 6
    assert by_id["inv_1:00000003"]["previous"] == by_id["inv_1:00000002"]["hash"]
    assert by_id["inv_1:00000002"]["previous"] == by_id["inv_1:00000001"]["hash"]


async def test_a_document_that_is_put_whole_is_called_by_its_collection(mongo: Mongo, outbox: Outbox) -> None:
    clinics = VersionedDocuments(mongo, "clinics", JOURNAL)
    for number in (1, 2):
        fields = {"clinic_id": "clinic-berlin", "name": "Berlin", "version": number}
        version = Version(number, "invoicing.clinic-configured", CHANGE, snapshot(number))
        await save(outbox, clinics, DocumentChange.of("clinic-berlin", fields, version))
    [document] = await rows(mongo, "clinics")
    assert list(document) == ["_id", "clinic_id", "name", "version", "head"]
    stored = await rows(mongo, COLLECTION)
    assert [row["subject"] for row in stored] == ["clinics/clinic-berlin"] * 2
    assert clinics.subject("clinic-berlin") == "clinics/clinic-berlin"
    assert stored[1]["previous"] == stored[0]["hash"]
    assert document["head"] == stored[1]["hash"]


@pytest.mark.parametrize("known", [True, False])
async def test_whoever_read_an_older_version_is_told_and_changes_nothing(
    mongo: Mongo, outbox: Outbox, invoices: VersionedDocuments, known: bool
) -> None:
    await save(outbox, invoices, invoice("inv_1", 1))
    [before] = await rows(mongo, "invoices")
    await save(outbox, invoices, invoice("inv_1", 2))
    after = await rows(mongo, "invoices"), await rows(mongo, COLLECTION)
    with pytest.raises(Conflict) as refused:
        await save(outbox, invoices, invoice("inv_1", 2, 3, head=before["head"] if known else None))
    assert refused.value.code == "changed-meanwhile"
    assert (await rows(mongo, "invoices"), await rows(mongo, COLLECTION)) == after


@pytest.mark.parametrize("head", ["0" * 64, None])
async def test_a_document_that_is_not_there_cannot_be_replaced(
    mongo: Mongo, outbox: Outbox, invoices: VersionedDocuments, head: str | None
) -> None:
    with pytest.raises(Conflict):
        await save(outbox, invoices, invoice("inv_1", 2, head=head))
    assert await rows(mongo, COLLECTION) == []


async def test_a_new_document_that_exists_is_a_duplicate_key(
    mongo: Mongo, outbox: Outbox, invoices: VersionedDocuments
) -> None:
    await save(outbox, invoices, invoice("inv_1", 1))
    with pytest.raises(DriverError) as failed:
        await save(outbox, invoices, invoice("inv_2", 1), invoice("inv_1", 1))
    assert is_duplicate(failed.value)
    assert len(await rows(mongo, "invoices")) == 1


async def test_without_a_journal_versions_are_guarded_and_nothing_else_is_written(mongo: Mongo, outbox: Outbox) -> None:
    days = VersionedDocuments(mongo, "days")

    def day(replaces: int, version: int) -> DocumentChange:
        return DocumentChange("day-1", replaces, {"version": version, "total_minor": 900})

    await save(outbox, days, day(0, 1))
    await save(outbox, days, day(1, 4))
    with pytest.raises(Conflict) as refused:
        await save(outbox, days, day(1, 2))
    assert refused.value.code == "changed-meanwhile"
    with pytest.raises(DriverError) as failed:
        await save(outbox, days, day(0, 1))
    assert is_duplicate(failed.value)
    assert await rows(mongo, "days") == [{"_id": "day-1", "version": 4, "total_minor": 900}]
    assert await rows(mongo, COLLECTION) == []


async def test_nothing_to_save_asks_the_database_nothing(invoices: VersionedDocuments) -> None:
    unit: Any = None
    await invoices.save(unit, [])


async def test_what_was_written_is_verified_by_its_bytes_and_what_was_not_by_what_it_says(
    mongo: Mongo, outbox: Outbox, invoices: VersionedDocuments
) -> None:
    await save(outbox, invoices, invoice("inv_1", 1, 2), invoice("inv_2", 1))
    verifier, documents = Verifier(mongo, JOURNAL), mongo.collection("invoices")
    report = await verifier.verify("clinic-berlin")
    assert (report.revisions, report.documents, report.findings) == (3, 2, [])
    await documents.update_many({}, {"$set": {"due_at": AT}})
    assert (await verifier.verify("clinic-berlin")).findings == [], (
        "a field that no snapshot tells is not under revision"
    )
    await documents.update_one({"_id": "inv_1"}, {"$set": {"snapshot": b'{"version":2,"paid":true}'}})
    await documents.delete_one({"_id": "inv_2"})
    found = (await verifier.verify("clinic-berlin")).findings
    assert set(found) == {Finding("inv_1", 2, "state-changed"), Finding("inv_2", 0, "state-removed")}
    await mongo.collection(COLLECTION).update_one({"_id": "inv_1:00000001"}, {"$set": {"more": 1}})
    assert Finding("inv_1", 1, "changed") in (await verifier.verify("clinic-berlin")).findings
