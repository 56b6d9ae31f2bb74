"""Patients who count as a family."""

from dataclasses import asdict
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.values import Id
from invoicing.api.schemas.common import Json, ReasonedBody, example
from invoicing.domain.discounts.policy import DiscountFamily

FAMILY_EXAMPLE: Json = {
    "patient_ids": ["pat-77", "pat-78", "pat-79"],
    "clinic_id": "clinic-berlin",
    "family_id": "fam-12",
    "version": 1,
}


class FamilyBody(ReasonedBody):
    """Patients of a clinic who count as a family; none of them any more for an empty list."""

    model_config = example({"patient_ids": FAMILY_EXAMPLE["patient_ids"]})

    patient_ids: Annotated[tuple[Id, ...], Field(max_length=50)] = Field(
        description="the members; a patient belongs to one family at most"
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.patient_ids)) < len(self.patient_ids):
            raise ValueError("a patient is there twice")
        return self

    def family(self, clinic_id: str, family_id: str) -> DiscountFamily:
        """The domain's family; its version is set when it is stored."""
        return DiscountFamily(family_id, clinic_id, 0, self.patient_ids)


class FamilyView(FamilyBody):
    """The family as stored."""

    model_config = example(FAMILY_EXAMPLE)

    clinic_id: Id = Field(description="the clinic")
    family_id: Id = Field(description="the family")
    version: int = Field(description="one more with each change; also the ETag")

    @classmethod
    def of(cls, family: DiscountFamily) -> Self:
        """As it was put, with its version."""
        return cls.model_validate(asdict(family))
