"""Patients who count as a family."""

from dataclasses import asdict
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.values import Id
from invoicing.api.schemas.common import ReasonedBody
from invoicing.domain.discounts.policy import Family


class FamilyBody(ReasonedBody):
    """Patients of a clinic who count as a family; none of them any more for an empty list."""

    patient_ids: Annotated[tuple[Id, ...], Field(max_length=50)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.patient_ids)) < len(self.patient_ids):
            raise ValueError("a patient is there twice")
        return self

    def family(self, clinic_id: str, family_id: str) -> Family:
        """The domain's family; its version is set when it is stored."""
        return Family(family_id, clinic_id, 0, self.patient_ids)


class FamilyView(FamilyBody):
    """The family as stored."""

    clinic_id: Id
    family_id: Id
    version: int

    @classmethod
    def of(cls, family: Family) -> Self:
        """As it was put, with its version."""
        return cls.model_validate(asdict(family))
