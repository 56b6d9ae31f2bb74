"""Who pays from which account."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import IndexModel, UpdateOne

from chassis.database.mongo import Document, Mongo, find_in
from chassis.messaging.outbox import Unit
from payments.domain.bank.matching.evidence import PayerAccount
from payments.domain.intake.payment import Payer

PAYERS = "bank_payers"
INDEXES: dict[str, Sequence[IndexModel]] = {PAYERS: []}


Lesson = tuple[str, str, Payer, str]
"""Money from this account (IBAN) was for this patient, from this payer; an insurer's id, or nothing, comes last."""


class PayerStore:
    """The collection. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._payers = mongo.collection(PAYERS)

    async def accounts(self, unit: Unit, clinic_id: str, ibans: Iterable[str]) -> dict[str, PayerAccount]:
        """Who paid from these accounts before, by IBAN. Who pays for very many says nothing of any of them."""
        rows = await find_in(self._payers, "_id", [f"{clinic_id}/{iban}" for iban in ibans], unit.session)
        return {row["iban"]: _account(row) for row in rows}

    async def learn(self, unit: Unit, clinic_id: str, lessons: Iterable[Lesson], *, sure: bool = False) -> None:
        """`sure` when a person says so."""
        writes: list[Any] = []
        for iban, patient_id, part, payer_id in lessons:
            change: Document = {"$set": {"clinic_id": clinic_id, "iban": iban}}
            change["$addToSet"] = {"patient_ids" if part == "patient" else "insured_ids": patient_id}
            if payer_id:
                change["$addToSet"]["payer_ids"] = payer_id
            if part == "insurer" and sure:
                change["$set"]["insurer"] = True
            writes.append(UpdateOne({"_id": f"{clinic_id}/{iban}"}, change, upsert=True))
        if writes:
            await self._payers.bulk_write(writes, session=unit.session)

    async def unlearn(self, unit: Unit, clinic_id: str, iban: str, paid_for: Sequence[tuple[str, Payer]]) -> None:
        """A match was taken back: the account says nothing about these patients until it is matched again."""
        change: Document = {
            "$pullAll": {
                "patient_ids": [patient for patient, part in paid_for if part == "patient"],
                "insured_ids": [patient for patient, part in paid_for if part == "insurer"],
            }
        }
        if any(part == "insurer" for _, part in paid_for):
            change["$set"] = {"insurer": False, "payer_ids": []}
        await self._payers.update_one({"_id": f"{clinic_id}/{iban}"}, change, session=unit.session)


def _account(row: Mapping[str, Any]) -> PayerAccount:
    patients, insured = row.get("patient_ids", ()), row.get("insured_ids", ())
    payer_ids = frozenset(row.get("payer_ids", ()))
    return PayerAccount(frozenset(patients), frozenset(insured), bool(row.get("insurer")), payer_ids)
