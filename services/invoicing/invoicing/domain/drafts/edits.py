"""What a person asks to change of a draft, all in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from invoicing.domain.drafts.manual_prices import HandPrice
from invoicing.domain.invoice.line import LineKind

Side = Literal["mine", "session"]
"""Whose version counts where a session and a person both changed a line."""
MINE: Final = "mine"


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line that is of no session. Without a day, it is that of the draft's last line, or today.

    `price` is by hand, with its reason; else it is that of the price lists.
    """

    kind: LineKind
    code: str
    system: str | None = None
    unit: str | None = None
    description: str = ""
    tooth: str | None = None
    surfaces: tuple[str, ...] = ()
    area: str | None = None
    quantity: str = "1"
    performed_on: date | None = None
    provider_id: str | None = None
    diagnosis_ids: tuple[str, ...] = ()
    factor: str | None = None
    factor_reason: str | None = None
    fee_agreed_on: date | None = None
    price: HandPrice | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """The fields of a line that are to be otherwise: names of `decided_lines.FACTS`."""

    line_id: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Removal:
    """A line that is not to be billed, and why."""

    line_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose version counts of a line: the person's, or the session's."""

    line_id: str
    keep: Side


@dataclass(frozen=True, slots=True)
class Edits:
    """Note and due date as they are to be, and what becomes of the lines."""

    note: str | None
    due_on: date | None
    add: Sequence[NewLine] = ()
    change: Sequence[LineChange] = ()
    remove: Sequence[Removal] = ()
    resolve: Sequence[Resolution] = ()
