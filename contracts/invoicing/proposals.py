"""What a later word of a session proposes, and what people made of it."""

from typing import Literal

from contracts.invoicing.lines import InvoiceLine
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
