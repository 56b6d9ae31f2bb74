"""Discount policies and families, as clinics put them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, Mongo
from chassis.database.paging import Order, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from invoicing.domain.discounts.policy import DiscountFamily, DiscountPolicy, DiscountPolicyChanged, FamilyChanged
from invoicing.journal import JOURNAL
from kernel.change import Change
from kernel.errors import NotFound

POLICIES, FAMILIES = "discount_policies", "families"
POLICY_CHANGED, FAMILY_CHANGED = "invoicing.discount-policy-changed", "invoicing.family-changed"
BY_ID = Order((("_id", 1),))
INDEXES = {
    POLICIES: [IndexModel([("clinic_id", ASCENDING)])],
    FAMILIES: [
        IndexModel([("clinic_id", ASCENDING), ("patient_ids", ASCENDING), *BY_ID.keys]),
        IndexModel([("clinic_id", ASCENDING), *BY_ID.keys]),
    ],
}
POLICY = TypeAdapter(DiscountPolicy)
_FAMILY = TypeAdapter(DiscountFamily)


class Discounts:
    """Loads and saves; each save writes its revision in the same transaction."""

    def __init__(self, mongo: Mongo) -> None:
        self._policies = mongo.collection(POLICIES)
        self._families = mongo.collection(FAMILIES)
        self._policy_documents = VersionedDocuments(mongo, POLICIES, JOURNAL)
        self._family_documents = VersionedDocuments(mongo, FAMILIES, JOURNAL)

    def policy_subject(self, clinic_id: str) -> str:
        """What the policy is called in the journal."""
        return self._policy_documents.subject(clinic_id)

    def family_subject(self, clinic_id: str, family_id: str) -> str:
        """What the family is called in the journal."""
        return self._family_documents.subject(_family_id(clinic_id, family_id))

    async def find_policy(self, unit: Unit, clinic_id: str) -> DiscountPolicy | None:
        """The clinic's policy, if it has one."""
        row = await self._policies.find_one({"_id": clinic_id}, session=unit.session)
        return None if row is None else POLICY.validate_python(row)

    async def policy(self, clinic_id: str) -> DiscountPolicy:
        """Raises NotFound."""
        row = await self._policies.find_one({"_id": clinic_id})
        if row is None:
            raise NotFound("discount-policy-unknown", f"the clinic {clinic_id} has no discount policy")
        return POLICY.validate_python(row)

    async def save_policies(self, unit: Unit, events: Iterable[DiscountPolicyChanged], change: Change) -> None:
        """Stores each policy in place of the version before, with its revision."""
        await self._policy_documents.save(unit, [_policy_change(event.policy, change) for event in events])

    async def family(self, clinic_id: str, family_id: str, unit: Unit | None = None) -> DiscountFamily | None:
        """The family, if it was ever put."""
        row = await self._families.find_one({"_id": _family_id(clinic_id, family_id)}, session=unit and unit.session)
        return None if row is None else _FAMILY.validate_python(row)

    async def families_of(self, unit: Unit, clinic_id: str, patient_ids: Iterable[str]) -> list[DiscountFamily]:
        """The clinic's families with one of the patients."""
        where = {"clinic_id": clinic_id, "patient_ids": {"$in": list(patient_ids)}}
        rows = await self._families.find(where, session=unit.session).to_list(None)
        return [_FAMILY.validate_python(row) for row in rows]

    async def page(self, clinic_id: str, patient_id: str | None, request: PageRequest) -> list[Document]:
        """One family more than the page holds, by id; only those with the patient, if one is named."""
        where = {"clinic_id": clinic_id} | ({} if patient_id is None else {"patient_ids": patient_id})
        found = self._families.find(BY_ID.where(where, request)).sort(BY_ID.sort).limit(request.limit + 1)
        rows: list[Document] = await found.to_list(None)
        return rows

    async def sizes(self, unit: Unit, clinic_id: str, patient_ids: Iterable[str]) -> dict[str, int]:
        """The size of the family of each of the patients who is of one."""
        asked = set(patient_ids)
        sizes: dict[str, int] = defaultdict(int)
        for family in await self.families_of(unit, clinic_id, asked):
            for patient_id in asked.intersection(family.patient_ids):
                sizes[patient_id] = max(sizes[patient_id], len(family.patient_ids))
        return sizes

    @staticmethod
    def family_of(row: Mapping[str, Any]) -> DiscountFamily:
        """A family from its document."""
        return _FAMILY.validate_python(row)

    async def save_families(self, unit: Unit, events: Iterable[FamilyChanged], change: Change) -> None:
        """Stores each family in place of the version before, with its revision."""
        await self._family_documents.save(unit, [_family_change(event.family, change) for event in events])


def _policy_change(policy: DiscountPolicy, change: Change) -> DocumentChange:
    version = Version(policy.version, POLICY_CHANGED, change, POLICY.dump_json(policy))
    return DocumentChange.of(policy.clinic_id, POLICY.dump_python(policy), version)


def _family_change(family: DiscountFamily, change: Change) -> DocumentChange:
    version = Version(family.version, FAMILY_CHANGED, change, _FAMILY.dump_json(family))
    return DocumentChange.of(_family_id(family.clinic_id, family.family_id), _FAMILY.dump_python(family), version)


def _family_id(clinic_id: str, family_id: str) -> str:
    return f"{clinic_id}/{family_id}"
