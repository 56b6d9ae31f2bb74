"""The lines of an invoice: what was done, what it costs, and what the session and people said of it."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.clinical import LabInvoice
from contracts.money import Money
from contracts.values import (
    ActorRef,
    ApprovedAt,
    ApprovedBy,
    Area,
    ExemptionCode,
    Factor,
    Id,
    Quantity,
    Rate,
    Text,
    Time,
    Value,
)

LineKind = Literal["procedure", "material", "manual"]
TaxCategory = Literal["S", "Z", "E"]
PriceBasis = Literal["net", "gross"]
DiscountKind = Literal["percent", "fixed"]


class PriceTrace(Value):
    """Where a price came from."""

    price_list_id: Id = Field(description="the list that had the price")
    price_list_version: int = Field(description="its version then")
    rule: Text = Field(description="why this list: the plan, the provider, the clinic or the default")


class PriceOverride(Value):
    """A price that a person set by hand; above the limit of the role a second person approves it.

    `before` is the price of the list; null where it had none.
    """

    before: Money | None = Field(description="the unit price of the list; null where it had none")
    reason: Text = Field(description="why, as the person said")
    by: ActorRef = Field(description="who set it")
    approved_by: ApprovedBy = None
    at: Time = Field(description="when it was set")
    awaits_approval: bool = Field(default=False, description="true until a second person decides")
    approved_at: ApprovedAt = None


class Waiver(Value):
    """Why the line is given for nothing; above the limit of the role a second person approves it.

    `before` is the unit price of the list; null where it had none.
    """

    reason: Text = Field(description="why it is given for nothing")
    by: ActorRef = Field(description="who waived it")
    at: Time = Field(description="when it was waived")
    before: Money | None = Field(default=None, description="the unit price of the list; null where it had none")
    awaits_approval: bool = Field(default=False, description="true until a second person decides")
    approved_by: ApprovedBy = None
    approved_at: ApprovedAt = None


class LineDiscount(Value):
    """What one discount takes from one line. One of the whole invoice is spread over the lines in proportion."""

    discount_id: Id = Field(description="the discount of the policy, or the one granted")
    name: Text = Field(description="as it stands on the invoice (BT-139)")
    kind: DiscountKind = Field(description="a percentage or a fixed amount")
    rate: Rate | None = Field(default=None, description="percent (BT-138); null for a fixed amount")
    scope: Literal["line", "invoice"] = Field(
        default="line", description="granted on the line, or on the invoice and spread over its lines"
    )
    automatic: bool = Field(default=False, description="true when the policy gave it by itself")
    amount: Money = Field(description="what it takes off this line, positive (BT-136)")


class ClaimFields(Value):
    """What a claim or a fee schedule asks of a line beyond what was done."""

    diagnosis_ids: tuple[Id, ...] = Field(default=(), description="the invoice's diagnoses that it was done for")
    factor: Factor | None = Field(
        default=None, description="what the single fee was multiplied by to give the unit price (section 5 GOZ)"
    )
    factor_reason: Text | None = Field(default=None, description="why the factor is above what is usual")
    fee_agreed_on: date | None = Field(default=None, description="when another fee was agreed to in writing")
    lab_invoice: LabInvoice | None = Field(
        default=None, description="what a laboratory asked for it, where it is passed on at cost (section 9 GOZ)"
    )


class SessionItem(ClaimFields):
    """What the clinical system says of a line."""

    code: Id = Field(description="the code of what was done or used")
    system: Text | None = Field(default=None, description="the code system as a URI")
    unit: Text | None = Field(default=None, description="unit of measure of a material")
    description: Text = Field(default="", description="in words")
    tooth: Text | None = Field(default=None, description="tooth number")
    surfaces: tuple[Text, ...] = Field(default=(), description="tooth surfaces")
    area: Area = None
    quantity: Quantity = Field(description="how many")
    performed_on: date = Field(description="local date of the treatment")
    provider_id: Id | None = Field(default=None, description="who did it")


class SessionSide(Value):
    """The session's side of a line that a person decided about.

    `fields` are those of the line that he changed; `over` is what the session said then, `now` what it says now: null
    where it says nothing, or nothing any more. While they differ the line may be in conflict.
    """

    fields: tuple[Text, ...] = Field(default=(), description="the fields of the line that the person changed")
    over: SessionItem | None = Field(default=None, description="what the session said when they did; null for nothing")
    now: SessionItem | None = Field(
        default=None, description="what the session says now; null when it says nothing any more"
    )


class InvoiceLine(ClaimFields):
    """One procedure or material. `unit_price`, `net` and `price` are null while the line is unpriced.

    `amount` is unit price x quantity, on the `basis` of the price, and 0 for a waived line; `discounts` are on the same
    basis. `net` is without tax and after `discounts`.
    """

    line_id: Id = Field(description="unique within the invoice (BT-126)")
    kind: LineKind = Field(description="a procedure, a material, or a line added by hand")
    source_id: Id | None = Field(default=None, description="the procedure or material of the session")
    code: Id = Field(description="what was done or used (BT-155)")
    system: Text | None = Field(default=None, description="the code system as a URI")
    description: Text = Field(description="in words (BT-153)")
    tooth: Text | None = Field(default=None, description="tooth number")
    surfaces: tuple[Text, ...] = Field(default=(), description="tooth surfaces")
    area: Area = None
    quantity: Quantity = Field(description="how many (BT-129)")
    unit: Text | None = Field(default=None, description="unit of measure (BT-130)")
    performed_on: date = Field(description="local date of the treatment (BT-134, BT-135)")
    provider_id: Id | None = Field(default=None, description="who did it")
    unpriced: bool = Field(default=False, description="true while no price list has a price")
    unit_price: Money | None = Field(
        default=None, description="price of one, on its `basis` (BT-146); null while unpriced"
    )
    net: Money | None = Field(default=None, description="without tax, after discounts (BT-131); null while unpriced")
    tax_category: TaxCategory | None = Field(
        default=None, description="VAT category: standard, zero or exempt (BT-151)"
    )
    tax_rate: Rate | None = Field(default=None, description="VAT rate in percent (BT-152)")
    exemption_reason: Text | None = Field(default=None, description="why it is exempt (BT-120)")
    price: PriceTrace | None = Field(default=None, description="where the price came from; null while unpriced")
    basis: PriceBasis = Field(default="net", description="whether unit price, amount and discounts are with VAT")
    amount: Money | None = Field(default=None, description="unit price x quantity, on its basis; 0 when waived")
    discounts: tuple[LineDiscount, ...] = Field(default=(), description="what each discount takes off (BG-27)")
    override: PriceOverride | None = Field(default=None, description="the price was set by hand")
    waiver: Waiver | None = Field(default=None, description="the line is given for nothing")
    edited: bool = Field(default=False, description="true when a person changed what the session said")
    conflict: Text | None = Field(
        default=None, description="what session and person say differently; null when nothing"
    )
    insurer_part: Money | None = Field(default=None, description="what the insurers pay of this line")
    session: SessionSide | None = Field(
        default=None, description="the session's side of a line that a person decided about"
    )
    listed_description: bool = Field(
        default=False, description="true when the description is the price list's, since nobody gave another"
    )
    secondary_part: Money | None = Field(
        default=None, description="what of `insurer_part` the second insurer pays; null without one"
    )
    exemption_code: ExemptionCode | None = Field(default=None, description="why it is exempt, as a code (BT-121)")


class RemovedLine(Value):
    """A line of the session that a person took off the draft, and why; `over` is what the session said of it then."""

    line: InvoiceLine = Field(description="the line as it was")
    over: SessionItem | None = Field(default=None, description="what the session said of it then")
    reason: Text = Field(description="why it was taken off")
    by: ActorRef = Field(description="who took it off")
    at: Time = Field(description="when it was taken off")
