"""The lines of an invoice: what was done, what it costs, and what the session and people said of it."""

from datetime import date
from typing import Literal

from contracts.money import Money
from contracts.values import ActorRef, Id, Quantity, Rate, Text, Time, Value

LineKind = Literal["procedure", "material", "manual"]
TaxCategory = Literal["S", "Z", "E"]
PriceBasis = Literal["net", "gross"]
DiscountKind = Literal["percent", "fixed"]


class PriceTrace(Value):
    """Where a price came from."""

    price_list_id: Id
    price_list_version: int
    rule: Text


class PriceOverride(Value):
    """A price that a person set by hand; above the limit of the role a second person approves it.

    `before` is the price of the list; null where it had none.
    """

    before: Money | None
    reason: Text
    by: ActorRef
    approved_by: ActorRef | None = None
    at: Time
    awaits_approval: bool = False
    approved_at: Time | None = None


class Waiver(Value):
    """Why the line is given for nothing; above the limit of the role a second person approves it.

    `before` is the unit price of the list; null where it had none.
    """

    reason: Text
    by: ActorRef
    at: Time
    before: Money | None = None
    awaits_approval: bool = False
    approved_by: ActorRef | None = None
    approved_at: Time | None = None


class LineDiscount(Value):
    """What one discount takes from one line. One of the whole invoice is spread over the lines in proportion."""

    discount_id: Id
    name: Text
    kind: DiscountKind
    rate: Rate | None = None
    scope: Literal["line", "invoice"] = "line"
    automatic: bool = False
    amount: Money


class SessionItem(Value):
    """What the clinical system says of a line."""

    code: Id
    system: Text | None = None
    unit: Text | None = None
    description: Text = ""
    tooth: Text | None = None
    surfaces: tuple[Text, ...] = ()
    area: Text | None = None
    quantity: Quantity
    performed_on: date
    provider_id: Id | None = None


class SessionSide(Value):
    """The session's side of a line that a person decided about.

    `fields` are those of the line that he changed; `over` is what the session said then, `now` what it says now: null
    where it says nothing, or nothing any more. While they differ the line may be in conflict.
    """

    fields: tuple[Text, ...] = ()
    over: SessionItem | None = None
    now: SessionItem | None = None


class InvoiceLine(Value):
    """One procedure or material. `unit_price`, `net` and `price` are null while the line is unpriced.

    `amount` is unit price x quantity, on the `basis` of the price, and 0 for a waived line; `discounts` are on the same
    basis. `net` is without tax and after `discounts`.
    """

    line_id: Id
    kind: LineKind
    source_id: Id | None = None
    code: Id
    system: Text | None = None
    description: Text
    tooth: Text | None = None
    surfaces: tuple[Text, ...] = ()
    area: Text | None = None
    quantity: Quantity
    unit: Text | None = None
    performed_on: date
    provider_id: Id | None = None
    unpriced: bool = False
    unit_price: Money | None = None
    net: Money | None = None
    tax_category: TaxCategory | None = None
    tax_rate: Rate | None = None
    exemption_reason: Text | None = None
    price: PriceTrace | None = None
    basis: PriceBasis = "net"
    amount: Money | None = None
    discounts: tuple[LineDiscount, ...] = ()
    override: PriceOverride | None = None
    waiver: Waiver | None = None
    edited: bool = False
    conflict: Text | None = None
    insurer_part: Money | None = None
    session: SessionSide | None = None


class RemovedLine(Value):
    """A line of the session that a person took off the draft, and why; `over` is what the session said of it then."""

    line: InvoiceLine
    over: SessionItem | None = None
    reason: Text
    by: ActorRef
    at: Time
