"""A line of an invoice, with the session's side of it and people's. Field for field as in the events."""

from datetime import date, datetime
from typing import Final, Literal

from kernel.actor import Actor
from kernel.money import Money
from kernel.value import value

PriceBasis = Literal["net", "gross"]
"""Whether a price is without VAT, or with it."""
NET: Final = "net"
GROSS: Final = "gross"
LineKind = Literal["procedure", "material", "manual"]
LineConflict = Literal["session-changed", "session-removed"]
"""What the session says of a line that a person decided about: something else now, or nothing any more."""
DiscountKind = Literal["percent", "fixed"]
DiscountScope = Literal["line", "invoice"]


@value
class PriceTrace:
    """Where a price came from."""

    price_list_id: str
    price_list_version: int
    rule: str


@value
class PriceOverride:
    """A price that a person set by hand."""

    before: Money | None
    reason: str
    by: Actor
    approved_by: Actor | None
    at: datetime
    awaits_approval: bool = False
    approved_at: datetime | None = None


@value
class Waiver:
    """Why the line is given for nothing; `before` is the unit price of the list."""

    reason: str
    by: Actor
    at: datetime
    before: Money | None = None
    awaits_approval: bool = False
    approved_by: Actor | None = None
    approved_at: datetime | None = None


@value
class LineDiscount:
    """What one discount takes from one line."""

    discount_id: str
    name: str
    kind: DiscountKind
    rate: str | None
    scope: DiscountScope
    automatic: bool
    amount: Money


@value
class LabInvoice:
    """What a laboratory asked for one unit of its work, on the basis of the price list."""

    number: str | None
    laboratory: str | None
    issued_on: date | None
    amount: Money
    document: str | None


@value
class SessionItem:
    """What the clinical system says of a line."""

    code: str
    system: str | None
    unit: str | None
    description: str
    tooth: str | None
    surfaces: tuple[str, ...]
    area: str | None
    quantity: str
    performed_on: date
    provider_id: str | None
    diagnosis_ids: tuple[str, ...] = ()
    factor: str | None = None
    factor_reason: str | None = None
    fee_agreed_on: date | None = None
    lab_invoice: LabInvoice | None = None


@value
class SessionSide:
    """The session's side of a line that a person decided about: what it said then (`over`), and what it says now.

    `fields` are those of the line that the person changed.
    """

    fields: tuple[str, ...]
    over: SessionItem | None
    now: SessionItem | None


@value
class Line:
    """One procedure or material. Money is None while the line is unpriced.

    `insurer_part` is of both insurers where there are two, `secondary_part` what of it the second pays. `factor` is
    what the single fee was multiplied by to give the unit price, `lab_invoice` the laboratory's, whose price it is.
    `listed_description` says that the description is the price list's, since nobody gave another.
    """

    line_id: str
    kind: LineKind
    source_id: str | None
    code: str
    system: str | None
    description: str
    tooth: str | None
    surfaces: tuple[str, ...]
    area: str | None
    quantity: str
    unit: str | None
    performed_on: date
    provider_id: str | None
    unpriced: bool
    unit_price: Money | None
    net: Money | None
    tax_category: str | None
    tax_rate: str | None
    exemption_reason: str | None
    price: PriceTrace | None
    basis: PriceBasis = NET
    amount: Money | None = None
    discounts: tuple[LineDiscount, ...] = ()
    override: PriceOverride | None = None
    waiver: Waiver | None = None
    edited: bool = False
    conflict: LineConflict | None = None
    insurer_part: Money | None = None
    session: SessionSide | None = None
    listed_description: bool = False
    secondary_part: Money | None = None
    diagnosis_ids: tuple[str, ...] = ()
    factor: str | None = None
    factor_reason: str | None = None
    fee_agreed_on: date | None = None
    lab_invoice: LabInvoice | None = None
    exemption_code: str | None = None

    @property
    def by_hand(self) -> PriceOverride | Waiver | None:
        """What a person made of its price: one or the other, if anything."""
        return self.override or self.waiver

    @property
    def listed(self) -> Money | None:
        """The unit price of the list, whatever a person made of it."""
        return self.unit_price if self.by_hand is None else self.by_hand.before


@value
class RemovedLine:
    """A line of the session that a person took off the draft; `over` is what the session said of it then."""

    line: Line
    over: SessionItem | None
    reason: str
    by: Actor
    at: datetime
