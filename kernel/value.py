"""Values that are built by the thousand."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """A dataclass that mypy takes for frozen.

    At run time it is not: `frozen=True` makes each field of each new object cost thirteen times as much, which for an
    invoice of three lines is more than all of its pricing.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
