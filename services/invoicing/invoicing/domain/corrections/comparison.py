"""What the session says now, held against all that was billed of it: what is more, and what is less."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from invoicing.domain.drafts.decided_lines import amount_of, facts, quoted, side, stated, unpriced
from invoicing.domain.invoice.credit_note import CreditNote, rest_minor
from invoicing.domain.invoice.invoice import Invoice, ProposalKind
from invoicing.domain.invoice.lifecycle import DRAFT, VOID, fell_away
from invoicing.domain.invoice.line import Line, SessionItem, SessionSide
from invoicing.domain.pricing.terms import Terms
from kernel.value import replace

SUPPLEMENT: Final = "supplement"
CREDIT: Final = "credit"
CONFIRMED: Final = "confirmed"
REJECTED: Final = "rejected"


@dataclass(frozen=True)
class BilledSession:
    """All that is billed of a session: its invoice, what supplements it (oldest first), the credit notes of each."""

    root: Invoice
    supplements: tuple[Invoice, ...] = ()
    notes: Mapping[str, Sequence[CreditNote]] | None = None

    @property
    def draft(self) -> Invoice | None:
        """The supplement that is a draft still; there is one at most."""
        return next((supplement for supplement in self.supplements if supplement.status == DRAFT), None)

    @property
    def settled(self) -> tuple[Invoice, ...]:
        """What was decided: billed, or of a session that is billed voided by a person."""
        if self.is_void:
            return tuple(supplement for supplement in self.supplements if supplement.status not in (DRAFT, VOID))
        return (
            self.root,
            *(
                supplement
                for supplement in self.supplements
                if supplement.status != DRAFT and not fell_away(supplement)
            ),
        )

    @property
    def is_void(self) -> bool:
        """Whether a person voided the session's own invoice: it bills nothing, and settles nothing of what is new."""
        return self.root.status == VOID

    def notes_of(self, invoice: Invoice) -> Sequence[CreditNote]:
        return (self.notes or {}).get(invoice.invoice_id, ())


Fresh = tuple[Invoice, Terms]
"""The draft that a session would be now, and what it is priced with."""


@dataclass(frozen=True, slots=True)
class LineReduction:
    """So much of a line is to be taken back (None: all that is left), because of what the session says now."""

    line: Line
    quantity: str | None
    now: SessionItem | None


Less = Mapping[str, Sequence[LineReduction]]
"""By invoice."""


def differences(session: BilledSession, fresh: Invoice, terms: Terms) -> tuple[tuple[Line, ...], Less]:
    current = {line.line_id: line for line in fresh.lines}
    billed = {line.line_id for invoice in session.settled for line in invoice.lines if line.source_id is not None}
    more: list[Line] = []
    less: dict[str, list[LineReduction]] = {}
    for line_id in [*current, *sorted(billed - {*current})]:
        item = _Item(session, line_id, current.get(line_id), fresh)
        if not item.left_alone:
            more += item.more(terms)
            for invoice_id, reduction in item.less():
                less.setdefault(invoice_id, []).append(reduction)
    if session.is_void and _as_said(more) == _refused(session):
        more = []
    return tuple(more), less


def alike(session: BilledSession, fresh: Invoice) -> Iterator[tuple[Invoice, Line, Line]]:
    """Each line that bills what the session says, and counts still, beside the session's, with what people changed."""
    for current in fresh.lines:
        item = _Item(session, current.line_id, current, fresh)
        if not item.left_alone:
            yield from item.alike()


class _Item:
    """A procedure or material of the session, and the lines that bill it, oldest first."""

    def __init__(self, session: BilledSession, line_id: str, current: Line | None, fresh: Invoice) -> None:
        self._session = session
        self._fresh = fresh
        self._now = None if current is None else facts(current)
        self._lines = [(i, line) for i in session.settled for line in i.lines if line.line_id == line_id]
        self._line_id = line_id
        hand = {name: getattr(line, name) for _, line in self._lines if line.session for name in line.session.fields}
        self._by_hand = "quantity" in hand
        self._want = None if current is None else stated(current, {n: v for n, v in hand.items() if n != "quantity"})

    @property
    def left_alone(self) -> bool:
        """A person waived or removed it."""
        removed = {record.line.line_id for i in self._session.settled for record in i.removed}
        return self._line_id in removed or any(line.waiver for _, line in self._lines)

    def more(self, terms: Terms) -> Iterator[Line]:
        """What is not billed yet, if it is not refused."""
        want, missing = self._want, self._missing
        if want is None or missing <= 0 or self._is_refused:
            return
        new = replace(want, quantity=_plain(missing), session=SessionSide((), self._now, self._now))
        alike = [line for invoice, line in self._lines if self._is_alike(invoice, line) and line.unit_price is not None]
        yield _priced_like(new, alike[0] if alike else None, self._fresh, terms)

    def less(self) -> Iterator[tuple[str, LineReduction]]:
        """What is billed too much, the newest first."""
        if _declined(self._session, CREDIT, self._line_id, self._now):
            return
        over = -self._missing
        for invoice, line in reversed(self._lines):
            covered = _covered(self._session, invoice, line)
            if not self._is_alike(invoice, line):
                yield invoice.invoice_id, LineReduction(line, None, self._now)
            elif over > 0 and covered > 0:
                taken = min(over, covered)
                over -= taken
                whole = taken == Decimal(line.quantity)
                yield invoice.invoice_id, LineReduction(line, None if whole else _plain(taken), self._now)

    def alike(self) -> Iterator[tuple[Invoice, Line, Line]]:
        """The lines that bill it, and are not taken back, each beside what the session says."""
        for invoice, line in self._lines:
            gone = [
                credited
                for note in self._session.notes_of(invoice)
                for credited in note.lines
                if credited.line_id == line.line_id
            ]
            gone_whole = bool(gone) and rest_minor(line, gone) == 0
            counts = invoice.status != VOID and not gone_whole
            if self._want is not None and counts and self._is_alike(invoice, line):
                yield invoice, line, self._want

    @property
    def _is_refused(self) -> bool:
        """What is asked of a session whose invoice is void is asked, or refused, as a whole."""
        return not self._session.is_void and _declined(self._session, SUPPLEMENT, self._line_id, self._now)

    @property
    def _missing(self) -> Decimal:
        """How many more are done than billed; below zero, how many fewer."""
        if self._want is None:
            return Decimal(0)
        alike = [pair for pair in self._lines if self._is_alike(*pair)]
        if alike and self._by_hand:
            return Decimal(0)
        return Decimal(self._want.quantity) - sum((_covered(self._session, *pair) for pair in alike), Decimal(0))

    def _is_alike(self, invoice: Invoice, line: Line) -> bool:
        """Whether it bills what the session says: the same thing at the same price, to the same patient."""
        want = self._want
        if want is None or invoice.patient_id != self._fresh.patient_id:
            return False
        if _thing(line) != _thing(want):
            return False
        when = (line.performed_on, line.provider_id) == (want.performed_on, want.provider_id)
        return when or line.override is not None or line.unit_price == want.unit_price


def _thing(line: Line) -> tuple[object, ...]:
    """What is billed, and what its price is made of: at another factor, or of another laboratory, it is another."""
    return line.code, line.system, line.unit, line.factor, line.lab_invoice and line.lab_invoice.amount


_Said = Mapping[str, SessionItem | None]
"""By line what the session said of it."""


def _refused(session: BilledSession) -> _Said | None:
    """What the session said when a person last refused to bill it; None where they agreed to bill it since."""
    refusals: list[tuple[datetime, _Said | None]] = []
    for invoice in (session.root, *session.supplements):
        if invoice.status == VOID and invoice.voided_at is not None and not fell_away(invoice):
            lines = [*invoice.lines, *(record.line for record in invoice.removed)]
            refusals.append((invoice.voided_at, _as_said(line for line in lines if line.source_id is not None)))
    for decision in session.root.decisions:
        if decision.proposal.kind == SUPPLEMENT:
            refused = _as_said(decision.proposal.lines) if decision.outcome == REJECTED else None
            refusals.append((decision.at, refused))
    return max(refusals, key=lambda refusal: refusal[0])[1]


def _as_said(lines: Iterable[Line]) -> _Said:
    sides = {line.line_id: side(line).now for line in lines}
    return {line_id: now for line_id, now in sides.items() if now is not None}


def everything(session: BilledSession) -> Less:
    return {
        invoice.invoice_id: [
            LineReduction(line, None, None)
            for line in invoice.lines
            if not _declined(session, CREDIT, line.line_id, None)
        ]
        for invoice in session.settled
    }


def _covered(session: BilledSession, invoice: Invoice, line: Line) -> Decimal:
    """The quantity of the line that stands for the item: not what was credited because the session said so."""
    notes = session.notes_of(invoice)
    because = {d.made for d in invoice.decisions if d.proposal.kind == CREDIT and d.outcome == CONFIRMED}
    gone = [credited for note in notes for credited in note.lines if credited.line_id == line.line_id]
    proposed = [
        credited
        for note in notes
        if note.credit_note_id in because
        for credited in note.lines
        if credited.line_id == line.line_id
    ]
    if proposed and rest_minor(line, gone) == 0:
        return Decimal(0)
    return Decimal(line.quantity) - sum(
        (Decimal(credited.quantity) for credited in proposed if not credited.edited), Decimal(0)
    )


def _declined(session: BilledSession, kind: ProposalKind, line_id: str, now: SessionItem | None) -> bool:
    """Whether a person rejected just this, when the session said of the item what it says now."""
    decided = [
        (decision.at, decision.outcome == REJECTED and (line.session is None or line.session.now == now))
        for invoice in (session.root, *session.supplements)
        for decision in invoice.decisions
        if decision.proposal.kind == kind
        for line in decision.proposal.lines
        if line.line_id == line_id
    ]
    return bool(decided) and max(decided, key=lambda entry: entry[0])[1]


def _priced_like(line: Line, like: Line | None, fresh: Invoice, terms: Terms) -> Line:
    """At the price at which some of it was billed before; else at that of the lists."""
    if like is None or like.unit_price is None or like.unit_price.currency != fresh.currency:
        return replace(quoted(unpriced(line), terms, fresh.buyer.coverage, fresh.currency), session=line.session)
    return replace(
        line,
        unpriced=False,
        unit_price=like.unit_price,
        amount=amount_of(like.unit_price, line.quantity),
        tax_category=like.tax_category,
        tax_rate=like.tax_rate,
        exemption_reason=like.exemption_reason,
        exemption_code=like.exemption_code,
        price=like.price,
        basis=like.basis,
        override=like.override,
        edited=like.override is not None,
    )


def _plain(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")
