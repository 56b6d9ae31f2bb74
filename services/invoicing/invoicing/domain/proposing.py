"""After finalizing, a session's later word changes nothing: it proposes what is more, or less, for a person to decide.

What a session says now is held against all that was billed of it: its invoice, the supplements, and the credit notes
that came of proposals. So a word that is repeated, or followed by others, never proposes the same thing twice. What
people waived, removed, voided or credited of their own accord is settled, and what they rejected is asked again only
when the session says something else of the item.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chassis.kernel.errors import NotFound
from chassis.kernel.ids import derived_id
from chassis.kernel.money import Money
from invoicing.domain.credit import Ask, CreditNote, at_most, credit_note, rest_minor
from invoicing.domain.drafting import Terms, with_lines
from invoicing.domain.insurance import carried
from invoicing.domain.invoice import (
    CurrencyBalance,
    Invoice,
    Line,
    Proposal,
    ProposalDecision,
    SessionItem,
    SessionSide,
)
from invoicing.domain.lifecycle import DRAFT, TABLE, VOID, Change, Command, allow, following, redraft, unmarked, void
from invoicing.domain.merging import amount_of, decided, facts, merged, quoted, unpriced
from invoicing.domain.totals import asked_minor

SUPPLEMENT, CREDIT = "supplement", "credit"
CONFIRMED, REJECTED = "confirmed", "rejected"
SESSION_CORRECTED, SESSION_VOIDED = "session-corrected", "session-voided"
SYSTEM = "system"
NO_MORE = "the session says nothing more than what is billed"


@dataclass(frozen=True)
class Family:
    """All that is billed of a session: its invoice, what supplements it (oldest first), the credit notes of each."""

    root: Invoice
    supplements: tuple[Invoice, ...] = ()
    notes: Mapping[str, Sequence[CreditNote]] | None = None

    @property
    def draft(self) -> Invoice | None:
        """The supplement that is a draft still; there is one at most."""
        return next((one for one in self.supplements if one.status == DRAFT), None)

    @property
    def settled(self) -> tuple[Invoice, ...]:
        """What was decided: billed, or voided by a person."""
        return (self.root, *(one for one in self.supplements if one.status != DRAFT and not _fell_away(one)))

    def notes_of(self, invoice: Invoice) -> Sequence[CreditNote]:
        return (self.notes or {}).get(invoice.invoice_id, ())


Fresh = tuple[Invoice, Terms]
"""The draft that a session would be now, and what it is priced with."""


def told_later(family: Family, fresh: Fresh | None, session_version: int, change: Change) -> tuple[Invoice, ...]:
    """The invoices of the family that change: always the session's own, which remembers the version.

    `fresh` is None where the session is void. Raises IllegalTransition for a void
    invoice, and BusinessError for a greater amount than an invoice can tell.
    """
    allow(family.root, Command.MARK)
    more, less = _differences(family, *fresh) if fresh is not None else ((), _everything(family))
    draft, mark = family.draft, SESSION_VOIDED if fresh is None else SESSION_CORRECTED
    after = []
    for invoice in family.settled:
        found = list(_credits(family, invoice, less.get(invoice.invoice_id, ()), session_version, change))
        if invoice is family.root and fresh is not None and more and draft is None:
            found.insert(0, _supplement(family, *fresh, more, session_version, change))
        if invoice is family.root or _same(found, invoice.proposals) != invoice.proposals:
            after.append(_proposing(invoice, found, mark, session_version, change))
    if draft is not None:
        after += _followed(draft, fresh, more, session_version, change)
    return tuple(after)


def the(invoice: Invoice, proposal_id: str) -> Proposal:
    """Raises NotFound for one that is not pending: decided, or replaced by a later word."""
    allow(invoice, Command.MARK)
    for proposal in invoice.proposals:
        if proposal.proposal_id == proposal_id:
            return proposal
    raise NotFound("proposal-unknown", f"invoice {invoice.invoice_id} has no such proposal pending")


def settle(invoice: Invoice, proposal: Proposal, outcome: str, change: Change, made: str | None = None) -> Invoice:
    """The invoice without the proposal, and with what became of it; the version stays."""
    decision = ProposalDecision(proposal, outcome, change.reason, change.by, change.at, made)
    left = tuple(one for one in invoice.proposals if one is not proposal)
    after = replace(invoice, proposals=left, decisions=(*invoice.decisions, decision))
    return after if left else replace(after, problems=unmarked(after.problems))


def reject(invoice: Invoice, proposal_id: str, change: Change) -> Invoice:
    """Nothing is billed, or taken back, of it. Raises as `the`."""
    return following(settle(invoice, the(invoice, proposal_id), REJECTED, change), change)


def supplement(
    root: Invoice, proposal: Proposal, terms: Terms, change: Change, previous: tuple[CurrencyBalance, ...] = ()
) -> tuple[Invoice, Invoice]:
    """The invoice that a supplement was confirmed of, and the new draft."""
    id_ = derived_id("inv", root.invoice_id, proposal.proposal_id)
    after = following(settle(root, proposal, CONFIRMED, change, id_), change)
    buyer = proposal.buyer or root.buyer
    blank = replace(
        root, invoice_id=id_, patient_id=buyer.patient_id, buyer=buyer, session_version=proposal.session_version,
        version=1, status=DRAFT, number=None, currency=proposal.amount.currency, problems=(), seller=None,
        allocations=(), note=None, issued_on=None, due_on=None, drafted_at=change.at, finalized_at=None, paid_at=None,
        archived_at=None, voided_at=None, changed_at=change.at, changed_by=change.by, reason=change.reason,
        discounts=(), discount_requests=(), instalments=(), credit_notes=(), write_off=None, proposals=(),
        supplement_to=root.invoice_id, insurance=None, previous_balances=previous, payment_reference=None,
        finalized_by=None, paid_by=None, archived_by=None, voided_by=None, removed=(), decisions=(),
        prompt_payment=None,
    )  # fmt: skip
    return after, with_lines(blank, tuple(map(_plain, proposal.lines)), terms)


def asks_of(invoice: Invoice, proposal: Proposal, notes: Sequence[CreditNote]) -> list[Ask]:
    """What is left to be credited of what was proposed."""
    gone = [line for note in notes for line in note.lines]
    known = {line.line_id: line for line in invoice.lines}
    wanted = [
        Ask(line.line_id, None, line.net.amount_minor if line.net else 0) if line.edited
        else Ask(line.line_id, None if line.quantity == known[line.line_id].quantity else line.quantity)
        for line in proposal.lines
    ]  # fmt: skip
    return [ask for one in wanted if (ask := at_most(known[one.line_id], gone, one)) is not None]


@dataclass(frozen=True, slots=True)
class _Less:
    """So much of a line is to be taken back (None: all that is left), because of what the session says now."""

    line: Line
    quantity: Decimal | None
    now: SessionItem | None


Less = Mapping[str, Sequence[_Less]]
"""By invoice."""


def _differences(family: Family, fresh: Invoice, terms: Terms) -> tuple[tuple[Line, ...], Less]:
    said = {line.line_id: line for line in fresh.lines}
    billed = {line.line_id for invoice in family.settled for line in invoice.lines if line.source_id is not None}
    more: list[Line] = []
    less: dict[str, list[_Less]] = {}
    for line_id in [*said, *sorted(billed - {*said})]:
        item = _Item(family, line_id, said.get(line_id), fresh)
        if not item.left_alone:
            more += item.more(terms)
            for invoice_id, one in item.less():
                less.setdefault(invoice_id, []).append(one)
    return tuple(more), less


class _Item:
    """A procedure or material of the session, and the lines that bill it, oldest first."""

    def __init__(self, family: Family, line_id: str, said: Line | None, fresh: Invoice) -> None:
        self._family = family
        self._fresh = fresh
        self._now = None if said is None else facts(said)
        self._lines = [(i, line) for i in family.settled for line in i.lines if line.line_id == line_id]
        self._line_id = line_id
        hand = {name: getattr(line, name) for _, line in self._lines if line.session for name in line.session.fields}
        self._by_hand = "quantity" in hand
        self._want = None if said is None else replace(said, **{n: v for n, v in hand.items() if n != "quantity"})

    @property
    def left_alone(self) -> bool:
        """A person waived or removed it."""
        removed = {record.line.line_id for i in self._family.settled for record in i.removed}
        return self._line_id in removed or any(line.waiver for _, line in self._lines)

    def more(self, terms: Terms) -> Iterator[Line]:
        """What is not billed yet, if it is not refused."""
        want, missing = self._want, self._missing
        if want is None or missing <= 0 or _declined(self._family, SUPPLEMENT, self._line_id, self._now):
            return
        line = replace(want, quantity=_told(missing), session=SessionSide((), self._now, self._now))
        alike = [one for invoice, one in self._lines if self._is_alike(invoice, one) and one.unit_price is not None]
        yield _priced_like(line, alike[0] if alike else None, self._fresh, terms)

    def less(self) -> Iterator[tuple[str, _Less]]:
        """What is billed too much, the newest first."""
        if _declined(self._family, CREDIT, self._line_id, self._now):
            return
        over = -self._missing
        for invoice, line in reversed(self._lines):
            covered = _covered(self._family, invoice, line)
            if not self._is_alike(invoice, line):
                yield invoice.invoice_id, _Less(line, None, self._now)
            elif over > 0 and covered > 0:
                taken = min(over, covered)
                over -= taken
                whole = taken == Decimal(line.quantity)
                yield invoice.invoice_id, _Less(line, None if whole else taken, self._now)

    @property
    def _missing(self) -> Decimal:
        """How many more are done than billed; below zero, how many fewer."""
        if self._want is None:
            return Decimal(0)
        alike = [pair for pair in self._lines if self._is_alike(*pair)]
        if alike and self._by_hand:
            return Decimal(0)
        return Decimal(self._want.quantity) - sum((_covered(self._family, *pair) for pair in alike), Decimal(0))

    def _is_alike(self, invoice: Invoice, line: Line) -> bool:
        """Whether it bills what the session says: the same thing at the same price, to the same patient."""
        want = self._want
        if want is None or invoice.patient_id != self._fresh.patient_id:
            return False
        if (line.code, line.system, line.unit) != (want.code, want.system, want.unit):
            return False
        when = (line.performed_on, line.provider_id) == (want.performed_on, want.provider_id)
        return when or line.override is not None or line.unit_price == want.unit_price


def _everything(family: Family) -> Less:
    return {
        invoice.invoice_id: [
            _Less(line, None, None) for line in invoice.lines if not _declined(family, CREDIT, line.line_id, None)
        ]
        for invoice in family.settled
    }  # fmt: skip


def _covered(family: Family, invoice: Invoice, line: Line) -> Decimal:
    """The quantity of the line that stands for the item: not what was credited because the session said so."""
    notes = family.notes_of(invoice)
    because = {d.made for d in invoice.decisions if d.proposal.kind == CREDIT and d.outcome == CONFIRMED}
    gone = [one for note in notes for one in note.lines if one.line_id == line.line_id]
    proposed = [
        one for note in notes if note.credit_note_id in because for one in note.lines if one.line_id == line.line_id
    ]
    if proposed and rest_minor(line, gone) == 0:
        return Decimal(0)
    return Decimal(line.quantity) - sum((Decimal(one.quantity) for one in proposed if not one.edited), Decimal(0))


def _declined(family: Family, kind: str, line_id: str, now: SessionItem | None) -> bool:
    """Whether a person rejected just this, when the session said of the item what it says now."""
    said = [
        (decision.at, decision.outcome == REJECTED and (line.session is None or line.session.now == now))
        for invoice in (family.root, *family.supplements)
        for decision in invoice.decisions
        if decision.proposal.kind == kind
        for line in decision.proposal.lines
        if line.line_id == line_id
    ]
    return bool(said) and max(said, key=lambda one: one[0])[1]


def _supplement(
    family: Family, fresh: Invoice, terms: Terms, lines: tuple[Line, ...], session_version: int, change: Change
) -> Proposal:
    told = with_lines(fresh, lines, terms)
    amount = Money(asked_minor(told.totals), fresh.currency)
    buyer = None if fresh.patient_id == family.root.patient_id else fresh.buyer
    id_ = derived_id("prp", family.root.invoice_id, SUPPLEMENT, str(session_version))
    return Proposal(id_, SUPPLEMENT, session_version, told.lines, amount, change.at, buyer)


def _credits(
    family: Family, invoice: Invoice, less: Sequence[_Less], session_version: int, change: Change
) -> Iterator[Proposal]:
    if Command.CREDIT not in TABLE[invoice.status]:
        return
    notes = family.notes_of(invoice)
    gone = [line for note in notes for line in note.lines]
    asks: list[Ask] = []
    now: dict[str, SessionItem | None] = {}
    places = {line.line_id: nth for nth, line in enumerate(invoice.lines)}
    for one in sorted(less, key=lambda one: places[one.line.line_id]):
        ask = at_most(one.line, gone, Ask(one.line.line_id, None if one.quantity is None else _told(one.quantity)))
        if ask is not None:
            asks.append(ask)
            now[ask.line_id] = one.now
    if asks:
        note = credit_note(invoice, notes, asks, "", change.at.date(), change)
        lines = tuple(replace(one, session=SessionSide((), now[one.line_id], now[one.line_id])) for one in note.lines)
        id_ = derived_id("prp", invoice.invoice_id, CREDIT, str(session_version))
        yield Proposal(id_, CREDIT, session_version, lines, note.amount, change.at)


def _proposing(invoice: Invoice, found: Sequence[Proposal], mark: str, session_version: int, change: Change) -> Invoice:
    problems = (*unmarked(invoice.problems), mark) if found else unmarked(invoice.problems)
    proposals = _same(found, invoice.proposals)
    return following(invoice, change, proposals=proposals, problems=problems, session_version=session_version)


def _same(found: Sequence[Proposal], known: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """What was proposed before, and is so still, keeps its id and its time."""
    before = {(one.kind, one.lines, one.amount, one.buyer): one for one in known}
    return tuple(before.get((one.kind, one.lines, one.amount, one.buyer), one) for one in found)


def _followed(
    draft: Invoice, fresh: Fresh | None, more: tuple[Line, ...], session_version: int, change: Change
) -> Iterator[Invoice]:
    """The supplement that is a draft still bills what is not billed elsewhere, with what people did to it."""
    if fresh is None:
        yield void(draft, change, session_version)
        return
    said, terms = fresh
    place = replace(said, invoice_id=draft.invoice_id, supplement_to=draft.supplement_to)
    mine = merged(draft, with_lines(place, tuple(map(_plain, more)), terms), terms)
    if not mine.lines:
        yield void(draft, replace(change, reason=NO_MORE), session_version)
        return
    after = carried(draft, redraft(draft, mine, change), terms.clinic)
    if (after.lines, after.removed, after.buyer) != (draft.lines, draft.removed, draft.buyer):
        yield after


def _priced_like(line: Line, like: Line | None, fresh: Invoice, terms: Terms) -> Line:
    """At the price at which some of it was billed before; else at that of the lists."""
    if like is None or like.unit_price is None or like.unit_price.currency != fresh.currency:
        return replace(quoted(unpriced(line), terms, fresh.buyer.coverage, fresh.currency), session=line.session)
    return replace(
        line, unpriced=False, unit_price=like.unit_price, amount=amount_of(like.unit_price, line.quantity),
        tax_category=like.tax_category, tax_rate=like.tax_rate, exemption_reason=like.exemption_reason,
        price=like.price, basis=like.basis, override=like.override, edited=like.override is not None,
    )  # fmt: skip


def _plain(line: Line) -> Line:
    """As a line of a draft: what was proposed for it is said by the proposal."""
    return decided(replace(line, session=None)) if line.override else replace(line, session=None)


def _fell_away(supplement: Invoice) -> bool:
    """Voided because the session said less, and not by a person."""
    return supplement.status == VOID and supplement.voided_by is not None and supplement.voided_by.role == SYSTEM


def _told(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")
