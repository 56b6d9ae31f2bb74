"""Parts of what is asked of a collection."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.database.paging import Filter


def in_clinics(clinics: Sequence[str] | None, field: str = "clinic_id") -> Filter:
    """Of one of these clinics; None asks for no clinic, which is all of them."""
    return {} if clinics is None else {field: {"$in": list(clinics)}}


def given(fields: Mapping[str, Any]) -> Filter:
    """Fields that have these values; None asks for no value."""
    return {name: value for name, value in fields.items() if value is not None}
