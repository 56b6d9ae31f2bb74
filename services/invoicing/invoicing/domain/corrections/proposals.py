"""After finalizing, a later version of a session changes nothing: it proposes what is more, or less, for a person.

What a session says now is held against all that was billed of it: its invoice, the supplements, and the credit notes
that came of proposals. So a version that is repeated, or followed by others, never proposes the same thing twice. What
people waived, removed, voided or credited of their own accord is settled, and what they rejected is asked again only
when the session says something else of the item. Where they voided the session's own invoice, all that is not billed is
asked as one, when it is something else than what they refused.
"""

from collections.abc import Iterator, Sequence

from invoicing.domain.corrections.claim_changes import deviations, pending
from invoicing.domain.corrections.comparison import (
    CONFIRMED,
    CREDIT,
    REJECTED,
    SUPPLEMENT,
    BilledSession,
    Fresh,
    LineReduction,
    differences,
    everything,
)
from invoicing.domain.corrections.merge import merged
from invoicing.domain.drafts.decided_lines import decided
from invoicing.domain.drafts.drafting import with_lines
from invoicing.domain.insurance.split import carried
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, at_most, credit_note
from invoicing.domain.invoice.events import InvoiceDrafted, InvoiceOutcome, InvoiceRevised, InvoiceVoided, revised
from invoicing.domain.invoice.invoice import (
    CurrencyBalance,
    Invoice,
    Problem,
    Proposal,
    ProposalDecision,
    ProposalOutcome,
)
from invoicing.domain.invoice.lifecycle import (
    DRAFT,
    SESSION_CORRECTED,
    SESSION_VOIDED,
    TABLE,
    VOID,
    Command,
    allow,
    following,
    redraft,
    unmarked,
    void,
)
from invoicing.domain.invoice.line import Line, SessionItem, SessionSide
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.pricing.terms import Terms
from kernel.change import Change
from kernel.errors import NotFound
from kernel.ids import derived_id
from kernel.money import Money
from kernel.outcome import Outcome
from kernel.value import replace

NO_MORE = "the session says nothing more than what is billed"


def propose(
    session: BilledSession, fresh: Fresh | None, session_version: int, change: Change
) -> Outcome[tuple[Invoice, ...], InvoiceRevised | InvoiceVoided]:
    """The invoices of the session that change: always its own, which remembers the version.

    `fresh` is None where the session is void. Raises IllegalTransition for a draft,
    and BusinessError for a greater amount than an invoice can hold.
    """
    allow(session.root, Command.MARK)
    more, less = differences(session, *fresh) if fresh is not None else ((), everything(session))
    otherwise = {} if fresh is None else deviations(session, fresh[0], session_version, change)
    draft = session.draft
    mark: Problem = SESSION_VOIDED if fresh is None else SESSION_CORRECTED
    after = []
    for invoice in _asked(session):
        found = list(_credits(session, invoice, less.get(invoice.invoice_id, ()), session_version, change))
        if invoice is session.root and fresh is not None and more and draft is None:
            found.insert(0, _supplement(session, *fresh, more, session_version, change))
        proposing = replace(
            invoice, proposals=_same(found, invoice.proposals), deviations=otherwise.get(invoice.invoice_id, ())
        )
        if invoice is session.root or proposing != invoice:
            after.append(_marked(proposing, mark, session_version, change))
    if draft is not None:
        after += _followed(draft, fresh, more, session_version, change)
    followed = draft.invoice_id if draft is not None else None
    return Outcome(tuple(after), tuple(_proposed(invoice, followed) for invoice in after))


def _asked(session: BilledSession) -> tuple[Invoice, ...]:
    """A void invoice bills nothing; what is proposed of its session is proposed on it all the same."""
    return (session.root, *session.settled) if session.is_void else session.settled


def _proposed(invoice: Invoice, followed: str | None) -> InvoiceRevised | InvoiceVoided:
    fell_away = invoice.status == VOID and invoice.invoice_id == followed
    return InvoiceVoided(invoice) if fell_away else InvoiceRevised(invoice)


def pending_proposal(invoice: Invoice, proposal_id: str) -> Proposal:
    """Raises NotFound for one that is not pending: decided, or replaced by what a later version proposes."""
    allow(invoice, Command.MARK)
    for proposal in invoice.proposals:
        if proposal.proposal_id == proposal_id:
            return proposal
    raise NotFound("proposal-unknown", f"invoice {invoice.invoice_id} has no such proposal pending")


def decide(
    invoice: Invoice, proposal: Proposal, outcome: ProposalOutcome, change: Change, made: str | None = None
) -> Invoice:
    """The invoice without the proposal, and with what became of it; the version stays."""
    decision = ProposalDecision(proposal, outcome, change.reason, change.by, change.at, made)
    left = tuple(other for other in invoice.proposals if other is not proposal)
    after = replace(invoice, proposals=left, decisions=(*invoice.decisions, decision))
    return after if left or pending(after) else replace(after, problems=unmarked(after.problems))


def reject(invoice: Invoice, proposal_id: str, change: Change) -> InvoiceOutcome:
    """Nothing is billed, or taken back, of it. Raises as `pending_proposal`."""
    rejected = decide(invoice, pending_proposal(invoice, proposal_id), REJECTED, change)
    return revised(following(rejected, change))


def supplement(
    root: Invoice, proposal: Proposal, terms: Terms, change: Change, previous: tuple[CurrencyBalance, ...] = ()
) -> Outcome[tuple[Invoice, Invoice], InvoiceRevised | InvoiceDrafted]:
    """The invoice that a supplement was confirmed of, and the new draft."""
    id_ = derived_id("inv", root.invoice_id, proposal.proposal_id)
    after = following(decide(root, proposal, CONFIRMED, change, id_), change)
    buyer = proposal.buyer or root.buyer
    blank = replace(
        root,
        invoice_id=id_,
        patient_id=buyer.patient_id,
        buyer=buyer,
        provider=proposal.provider or root.provider,
        session_version=proposal.session_version,
        version=1,
        status=DRAFT,
        number=None,
        currency=proposal.amount.currency,
        problems=(),
        seller=None,
        allocations=(),
        note=None,
        issued_on=None,
        due_on=None,
        drafted_at=change.at,
        finalized_at=None,
        paid_at=None,
        archived_at=None,
        voided_at=None,
        changed_at=change.at,
        changed_by=change.by,
        reason=change.reason,
        discounts=(),
        discount_requests=(),
        instalments=(),
        credit_notes=(),
        write_off=None,
        proposals=(),
        supplement_to=root.invoice_id,
        insurance=None,
        previous_balances=previous,
        payment_reference=None,
        finalized_by=None,
        paid_by=None,
        archived_by=None,
        voided_by=None,
        removed=(),
        decisions=(),
        deviations=(),
        prompt_payment=None,
        payers=(),
        issued=None,
    )
    draft = with_lines(blank, tuple(map(_plain, proposal.lines)), terms)
    return Outcome((after, draft), (InvoiceRevised(after), InvoiceDrafted(draft)))


def lines_to_credit(invoice: Invoice, proposal: Proposal, notes: Sequence[CreditNote]) -> list[LineCredit]:
    """What is left to be credited of what was proposed."""
    gone = [line for note in notes for line in note.lines]
    known = {line.line_id: line for line in invoice.lines}
    wanted = [
        LineCredit(line.line_id, None, line.net.amount_minor if line.net else 0)
        if line.edited
        else LineCredit(line.line_id, None if line.quantity == known[line.line_id].quantity else line.quantity)
        for line in proposal.lines
    ]
    return [capped for credit in wanted if (capped := at_most(known[credit.line_id], gone, credit)) is not None]


def _supplement(
    session: BilledSession, fresh: Invoice, terms: Terms, lines: tuple[Line, ...], session_version: int, change: Change
) -> Proposal:
    priced = with_lines(fresh, lines, terms)
    amount = Money(asked_minor(priced.totals), fresh.currency)
    anew = session.is_void or fresh.patient_id != session.root.patient_id
    provider = fresh.provider if session.is_void else None
    id_ = derived_id("prp", session.root.invoice_id, SUPPLEMENT, str(session_version))
    return Proposal(
        id_,
        SUPPLEMENT,
        session_version,
        priced.lines,
        amount,
        change.at,
        buyer=fresh.buyer if anew else None,
        provider=provider,
    )


def _credits(
    session: BilledSession, invoice: Invoice, less: Sequence[LineReduction], session_version: int, change: Change
) -> Iterator[Proposal]:
    if Command.CREDIT not in TABLE[invoice.status]:
        return
    notes = session.notes_of(invoice)
    gone = [line for note in notes for line in note.lines]
    asks: list[LineCredit] = []
    now: dict[str, SessionItem | None] = {}
    places = {line.line_id: nth for nth, line in enumerate(invoice.lines)}
    for reduction in sorted(less, key=lambda reduction: places[reduction.line.line_id]):
        ask = at_most(reduction.line, gone, LineCredit(reduction.line.line_id, reduction.quantity))
        if ask is not None:
            asks.append(ask)
            now[ask.line_id] = reduction.now
    if asks:
        note = credit_note(invoice, notes, asks, "", change.at.date(), change)
        lines = tuple(
            replace(line, session=SessionSide((), now[line.line_id], now[line.line_id])) for line in note.lines
        )
        id_ = derived_id("prp", invoice.invoice_id, CREDIT, str(session_version))
        yield Proposal(id_, CREDIT, session_version, lines, note.amount, change.at)


def _marked(invoice: Invoice, mark: Problem, session_version: int, change: Change) -> Invoice:
    waits = bool(invoice.proposals) or pending(invoice)
    problems = (*unmarked(invoice.problems), mark) if waits else unmarked(invoice.problems)
    # Why it is void is nowhere else.
    because = replace(change, reason=invoice.reason) if invoice.status == VOID else change
    return following(invoice, because, problems=problems, session_version=session_version)


def _same(found: Sequence[Proposal], known: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """What was proposed before, and is so still, keeps its id and its time."""
    before = {_content(proposal): proposal for proposal in known}
    return tuple(before.get(_content(proposal), proposal) for proposal in found)


def _content(proposal: Proposal) -> object:
    return proposal.kind, proposal.lines, proposal.amount, proposal.buyer, proposal.provider


def _followed(
    draft: Invoice, fresh: Fresh | None, more: tuple[Line, ...], session_version: int, change: Change
) -> Iterator[Invoice]:
    """The supplement that is a draft still bills what is not billed elsewhere, with what people did to it."""
    if fresh is None:
        yield void(draft, change, session_version).state
        return
    current, terms = fresh
    place = replace(current, invoice_id=draft.invoice_id, supplement_to=draft.supplement_to)
    mine = merged(draft, with_lines(place, tuple(map(_plain, more)), terms), terms)
    if not mine.lines:
        yield void(draft, replace(change, reason=NO_MORE), session_version).state
        return
    after = carried(draft, redraft(draft, mine, change), terms.clinic)
    if (after.lines, after.removed, after.buyer) != (draft.lines, draft.removed, draft.buyer):
        yield after


def _plain(line: Line) -> Line:
    """As a line of a draft: what was proposed for it is said by the proposal."""
    return decided(replace(line, session=None)) if line.override else replace(line, session=None)
