"""Somebody changes a history directly in the database, in each of the four ways: the same for every service."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from chassis.database.mongo import Mongo
from chassis.journal.seals import Sealer, Seals
from kernel.clock import utc_now

Json = dict[str, Any]
Database = Any
Found = set[tuple[str, int, str]]


def with_mongo(settings: dict[str, str], work: Callable[[Mongo], Awaitable[Any]]) -> Any:
    """Works in the database of a service."""

    async def run() -> Any:
        mongo = Mongo(settings["MONGO_URI"], settings["MONGO_DATABASE"])
        try:
            return await work(mongo)
        finally:
            await mongo.close()

    return asyncio.run(run())


def sealed(settings: dict[str, str], days: int = 2) -> None:
    """As if so many days had passed."""

    async def work(mongo: Mongo) -> None:
        sealer = Sealer(Seals(mongo), clock=lambda: utc_now() + timedelta(days=days))
        while await sealer():
            pass

    with_mongo(settings, work)


@dataclass(frozen=True)
class History:
    """A document of `collection` with exactly four revisions, in a service that runs.

    `verify` asks the service whether the clinic's history is whole.
    """

    settings: dict[str, str]
    database: Database
    collection: str
    subject: str
    verify: Callable[[], httpx2.Response]

    def broken(self) -> Found:
        """What the service says is broken."""
        answer = self.verify()
        assert answer.status_code == 200, answer.text
        report = answer.json()
        assert report["intact"] is (report["findings"] == [])
        return {(finding["subject"], finding["version"], finding["kind"]) for finding in report["findings"]}

    def row(self, version: int) -> Json:
        found: Json = self.database.revisions.find_one({"_id": self.place(version)})
        return found

    def place(self, version: int) -> str:
        return f"{self.subject}:{version:08d}"

    def remove(self, *versions: int) -> None:
        self.database.revisions.delete_many({"_id": {"$in": [self.place(version) for version in versions]}})


class FourWays:
    """To be inherited from where a fixture `history` is."""

    def test_an_honest_history_is_whole(self, history: History) -> None:
        assert history.row(4)["previous"] == history.row(3)["hash"]
        assert history.broken() == set()
        sealed(history.settings)
        assert history.broken() == set()
        beside = {"$set": {"looked_at": utc_now()}}
        history.database[history.collection].update_one({"_id": history.subject}, beside)
        assert history.broken() == set(), "its bytes are others: it is compared with its snapshot field by field"

    def test_a_changed_revision_is_found(self, history: History) -> None:
        history.database.revisions.update_one({"_id": history.place(2)}, {"$set": {"actor_id": "usr-9"}})
        assert history.broken() == {(history.subject, 2, "changed")}

    def test_removed_revisions_are_found_each(self, history: History) -> None:
        history.remove(2, 3)
        assert history.broken() == {(history.subject, 2, "removed"), (history.subject, 3, "removed")}

    def test_reordered_revisions_are_found(self, history: History) -> None:
        for row, number in ((history.row(2), 3), (history.row(3), 2)):
            there = {**row, "_id": history.place(number), "version": number}
            history.database.revisions.replace_one({"_id": there["_id"]}, there)
        assert history.broken() == {(history.subject, 2, "reordered"), (history.subject, 3, "reordered")}

    def test_a_truncated_history_is_found_by_the_seal_though_the_document_was_put_back(self, history: History) -> None:
        sealed(history.settings)
        history.remove(3, 4)
        assert history.broken() == {(history.subject, 3, "truncated")}
        last = history.row(2)
        back = {"version": 2, "head": last["hash"], "snapshot": last["snapshot"]}
        history.database[history.collection].update_one({"_id": history.subject}, {"$set": back})
        assert history.broken() == {(history.subject, 3, "truncated")}

    def test_a_document_that_was_removed_with_all_its_history_is_found_by_the_seal(self, history: History) -> None:
        sealed(history.settings)
        history.database.revisions.delete_many({"subject": history.subject})
        history.database[history.collection].delete_one({"_id": history.subject})
        assert history.broken() == {(history.subject, 1, "truncated")}

    def test_a_document_that_is_not_what_its_history_says_is_found(self, history: History) -> None:
        rows = history.database[history.collection]
        snapshot = rows.find_one({"_id": history.subject})["snapshot"]
        rows.update_one({"_id": history.subject}, {"$set": {"snapshot": snapshot.replace(b"EUR", b"CHF")}})
        assert history.broken() == {(history.subject, 4, "state-changed")}
        rows.delete_one({"_id": history.subject})
        assert history.broken() == {(history.subject, 0, "state-removed")}
