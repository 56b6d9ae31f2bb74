"""What a later word of a session proposes or says otherwise, and what people made of it."""

from typing import Literal

from contracts.clinical import Coverage, Provider
from contracts.invoicing.lines import InvoiceLine, SessionItem
from contracts.invoicing.parties import Buyer
from contracts.money import Money
from contracts.values import ActorRef, Id, Text, Time, Value


class Proposal(Value):
    """What a later word of the clinical system would change on a finalized invoice; a person decides.

    `buyer` is told where a supplement is for another patient than the invoice.
    """

    proposal_id: Id
    kind: Literal["supplement", "credit"]
    session_version: int
    lines: tuple[InvoiceLine, ...] = ()
    amount: Money
    proposed_at: Time
    buyer: Buyer | None = None


class ProposalDecision(Value):
    """What a person made of a proposal; `made` is the supplement, or the credit note, that was confirmed."""

    proposal: Proposal
    outcome: Literal["confirmed", "rejected"]
    reason: Text | None = None
    by: ActorRef
    at: Time
    made: Id | None = None


class Deviation(Value):
    """What the session says otherwise by now of a line that is billed and final, at no other cost: a claim's data.

    `fields` are what differs; `now` is what the session says of the line. Without `line_id` it is of the whole invoice:
    the `coverage`, or the `provider`. While nobody acknowledged it, `problems` has `session-corrected`.
    """

    line_id: Id | None = None
    fields: tuple[Text, ...]
    session_version: int
    noted_at: Time
    now: SessionItem | None = None
    coverage: Coverage | None = None
    provider: Provider | None = None
    acknowledged_by: ActorRef | None = None
    acknowledged_at: Time | None = None
    reason: Text | None = None
