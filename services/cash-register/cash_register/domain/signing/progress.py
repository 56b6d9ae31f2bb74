"""How far a day is signed: its float, what moved, what was taken beside cash, and what its close booked."""

from dataclasses import dataclass, replace
from typing import Literal

Part = Literal["opening", "movements", "takings", "closing"]


@dataclass(frozen=True, slots=True)
class ToSign:
    """One receipt: what its signature is kept under, its place within its part, and what is to be signed of it."""

    key: str
    part: Part
    place: int
    process_data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningProgress:
    """Of a day that was opened while there was a device; `version` rises with each change of it.

    `openings` is how often the day was opened: again after it was cancelled. `movement` and `taking` are the last that
    were answered, by the version that each made and by its number; `closing` is how many of the receipts of the close
    were. `asked` is what the device is being asked to sign.
    """

    day_id: str
    clinic_id: str
    register_id: str
    currency: str
    version: int = 1
    openings: int = 1
    opened: bool = False
    movement: int = 0
    taking: int = 0
    closing: int = 0
    asked: ToSign | None = None
    done: bool = False

    def reopened(self, currency: str) -> "SigningProgress":
        """Its date was opened again, with a float of its own."""
        again = replace(self, version=self.version + 1, openings=self.openings + 1, opened=False, done=False)
        return replace(again, currency=currency)

    def asking(self, one: ToSign) -> "SigningProgress":
        return replace(self, version=self.version + 1, asked=one)

    def answered(self, one: ToSign) -> "SigningProgress":
        after = replace(self, version=self.version + 1, asked=None)
        match one.part:
            case "opening":
                return replace(after, opened=True)
            case "movements":
                return replace(after, movement=one.place)
            case "takings":
                return replace(after, taking=one.place)
            case "closing":
                return replace(after, closing=one.place)

    def ended(self) -> "SigningProgress":
        """There is nothing more to sign."""
        return replace(self, version=self.version + 1, done=True)

    def key_of(self, receipt_id: str, part: Part) -> str:
        """What the signature of a receipt is kept under: each float of a date that was opened again has its own."""
        return f"{receipt_id}/{self.openings}" if part == "opening" else receipt_id
