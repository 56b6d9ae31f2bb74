"""Patients as their sessions name them, with the index that finds them by parts of their names."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne

from chassis.database.mongo import Document, Mongo
from chassis.database.paging import Order, PageRequest
from chassis.messaging.outbox import Unit
from invoicing.domain.patients.patient import Patient, is_of_a_later_session
from invoicing.domain.patients.search import Search, keys_of, words_of
from invoicing.domain.receivables.account import AccountKey

COLLECTION = "patients"
BY_PATIENT = Order((("patient_id", 1),))
INDEXES: Sequence[IndexModel] = [
    IndexModel([("clinic_id", ASCENDING), ("keys", ASCENDING), *BY_PATIENT.keys]),
]
_NAMING = {"name": 1, "birth_date": 1, "source": 1}
STEPS_COUNTED = 8
MOST_REMEMBERED = 20_000
FEW, MANY = 100, 10_000
"""So few patients have a part that no other is counted; of more than so many it makes no difference how many."""


class Patients:
    """Loads and saves, in the transaction that hears of them."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._common: dict[tuple[str, str], int] = {}

    async def learn(self, unit: Unit, heard: Mapping[AccountKey, Patient]) -> None:
        """Keeps each as named last, by this or by what is there.

        Who is called as before only gets the newer time: their words, and the index, stay as they are.
        """
        fresh = {_id(*account): patient for account, patient in heard.items()}
        found = self._rows.find({"_id": {"$in": list(fresh)}}, _NAMING, session=unit.session)
        known = {row["_id"]: row for row in await found.to_list(None)}
        new = [_document(id_, patient) for id_, patient in fresh.items() if id_ not in known]
        if new:
            await self._rows.insert_many(new, session=unit.session)
        writes: list[ReplaceOne[Document] | UpdateOne] = []
        for id_, before in known.items():
            patient = fresh[id_]
            if before["source"] < patient.source and not _is_called_so(before, patient):
                writes.append(ReplaceOne({"_id": id_}, _document(id_, patient)))
            elif is_of_a_later_session(patient.source, before["source"]):
                writes.append(UpdateOne({"_id": id_}, {"$set": {"source": patient.source}}))
        if writes:
            await self._rows.bulk_write(writes, session=unit.session, ordered=False)

    async def find(self, clinic_id: str, patient_id: str) -> Document | None:
        """One of the clinic's patients, as stored."""
        row: Document | None = await self._rows.find_one({"_id": _id(clinic_id, patient_id)})
        return row

    async def page(self, clinic_id: str, search: Search, request: PageRequest) -> list[Document]:
        """One patient of the clinic more than the page holds, as stored, by id."""
        where: Document = {"clinic_id": clinic_id, "keys": await self._rarest(clinic_id, search.steps)}
        if search.parts:
            where["words"] = {"$regex": search.pattern}
        if len(search.keys) > 1:
            where["$and"] = [{"keys": key} for key in search.keys]
        found = self._rows.find(BY_PATIENT.where(where, request), {"keys": 0, "words": 0})
        rows: list[Document] = await found.sort(BY_PATIENT.sort).limit(request.limit + 1).to_list(None)
        return rows

    async def _rarest(self, clinic_id: str, steps: Sequence[str]) -> str:
        """The step that the fewest of the clinic's patients have, of some of them."""
        rarest, fewest = steps[0], MANY
        for step in steps[:: -(-len(steps) // STEPS_COUNTED)] if len(steps) > 1 else ():
            count = await self._count(clinic_id, step)
            if count < fewest:
                rarest, fewest = step, count
            if fewest < FEW:
                break
        return rarest

    async def _count(self, clinic_id: str, step: str) -> int:
        """In the index, up to a bound. What many have is remembered: an old count only costs time."""
        known = self._common.get((clinic_id, step))
        if known is not None:
            return known
        count = int(await self._rows.count_documents({"clinic_id": clinic_id, "keys": step}, limit=MANY))
        if count >= FEW:
            if len(self._common) >= MOST_REMEMBERED:
                self._common.clear()
            self._common[clinic_id, step] = count
        return count


def patient_of(row: Mapping[str, Any]) -> Patient:
    """A patient from their document."""
    born = row["birth_date"]
    return Patient(row["clinic_id"], row["patient_id"], row["name"], born and date.fromisoformat(born), row["source"])


def _is_called_so(row: Document, patient: Patient) -> bool:
    return bool(row["name"] == patient.name and row["birth_date"] == _born(patient))


def _born(patient: Patient) -> str | None:
    return None if patient.birth_date is None else patient.birth_date.isoformat()


def _document(id_: str, patient: Patient) -> Document:
    words = words_of(patient.name)
    return {
        "_id": id_,
        "clinic_id": patient.clinic_id,
        "patient_id": patient.patient_id,
        "name": patient.name,
        "birth_date": _born(patient),
        "source": patient.source,
        "words": "".join(f" {word}" for word in words),
        "keys": keys_of(words, patient.birth_date, patient.patient_id),
    }


def _id(clinic_id: str, patient_id: str) -> str:
    """Neither has a space."""
    return f"{clinic_id} {patient_id}"
