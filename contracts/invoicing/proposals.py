"""What a later word of a session proposes or says otherwise, and what people made of it."""

from typing import Literal

from pydantic import Field

from contracts.clinical import Coverage, Diagnosis, Provider
from contracts.invoicing.lines import InvoiceLine, SessionItem
from contracts.invoicing.parties import Buyer
from contracts.money import Money
from contracts.values import ActorRef, Id, Text, Time, Value


class Proposal(Value):
    """What a later word of the clinical system would change on a finalized invoice, or bill instead of one that a
    person voided; a person decides.

    `buyer` is told where a supplement is for another patient than the invoice, and `buyer` and `provider` where the
    invoice is void.
    """

    proposal_id: Id = Field(description="derived from the invoice and the version of the session")
    kind: Literal["supplement", "credit"] = Field(
        description="`supplement`: another invoice of what is more; `credit`: a credit note of what is less"
    )
    session_version: int = Field(description="the version of the session that proposes it")
    lines: tuple[InvoiceLine, ...] = Field(default=(), description="the lines that would be billed, or credited")
    amount: Money = Field(description="what it would cost, or take off, with tax")
    proposed_at: Time = Field(description="when the session said it")
    buyer: Buyer | None = Field(default=None, description="where a supplement is for another patient than the invoice")
    provider: Provider | None = Field(default=None, description="who treated, where the invoice is void")


class ProposalDecision(Value):
    """What a person made of a proposal; `made` is the supplement, or the credit note, that was confirmed."""

    proposal: Proposal = Field(description="what was proposed")
    outcome: Literal["confirmed", "rejected"] = Field(description="what the person made of it")
    reason: Text | None = Field(default=None, description="why, as the person said")
    by: ActorRef = Field(description="who decided")
    at: Time = Field(description="when they decided")
    made: Id | None = Field(default=None, description="the supplement or credit note that came of it")


class Deviation(Value):
    """What the session says otherwise by now of a line that is billed and final, at no other cost: a claim's data.

    `fields` are what differs; `now` is what the session says of the line. Without `line_id` it is of the whole
    invoice: the `coverage` (also of the second insurance), the `provider`, or the `diagnoses`. While nobody
    acknowledged it, `problems` has `session-corrected`.
    """

    line_id: Id | None = Field(default=None, description="the line; null for the whole invoice")
    fields: tuple[Text, ...] = Field(description="the fields that differ")
    session_version: int = Field(description="the version of the session that says otherwise")
    noted_at: Time = Field(description="when it was noticed")
    now: SessionItem | None = Field(default=None, description="what the session says of the line now")
    coverage: Coverage | None = Field(default=None, description="the insurance that it names now")
    provider: Provider | None = Field(default=None, description="who treated, by what it says now")
    acknowledged_by: ActorRef | None = Field(default=None, description="who took notice; null while nobody has")
    acknowledged_at: Time | None = Field(default=None, description="when they took notice")
    reason: Text | None = Field(default=None, description="what they said to it")
    diagnoses: tuple[Diagnosis, ...] | None = Field(default=None, description="the diagnoses that it names now")
