"""What a person changes of a draft in one go: lines added, changed, removed, conflicts resolved, note and due date.

All of it is taken, or none. What a billing manager alone may do: set a price, leave out what the session says, and
bill less for it, by whatever edit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from invoicing.domain.drafts.decided_lines import (
    FACTS,
    PRICING,
    as_in_session,
    decided,
    facts,
    is_decided,
    quoted,
    requoted,
    side,
    stated,
    without_record,
)
from invoicing.domain.drafts.drafting import MAX_LINES, with_lines
from invoicing.domain.drafts.edits import MINE, Edits, LineChange, NewLine, Removal, Resolution
from invoicing.domain.drafts.manual_prices import at_price, held
from invoicing.domain.drafts.renewal import renewed
from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import Command, allow, following
from invoicing.domain.invoice.line import GROSS, Line, RemovedLine
from invoicing.domain.invoice.totals import left_minor
from invoicing.domain.pricing.terms import Terms
from kernel.change import Change
from kernel.errors import BusinessError, Forbidden, refuse
from kernel.money import MOST_MINOR, percent
from kernel.value import replace

MANAGER = "billing_manager"
LESS = "to bill less than was done takes a billing manager"


def revise(draft: Invoice, edits: Edits, terms: Terms, change: Change) -> InvoiceOutcome:
    """The draft's next version. Lines that had no price get one, if there is one now; see `renewed`.

    Raises IllegalTransition; BusinessError and Forbidden naming the field, all of them where it is more than one.
    """
    allow(draft, Command.EDIT)
    lines = _DraftLines(draft, terms, change)
    faults: list[BusinessError] = []
    seen: set[str] = set()
    for what, asked, apply in _operations(edits, lines):
        try:
            lines.place = what
            with _in(what):
                _once(asked, seen)
                apply(asked)
        except BusinessError as fault:
            faults.append(fault)
    refuse(faults)
    if len(lines.lines) > MAX_LINES:
        raise BusinessError("too-many-lines", f"an invoice holds at most {MAX_LINES} lines", field="/add")
    after = following(draft, change, note=edits.note, due_on=edits.due_on, removed=lines.removed)
    after = renewed(with_lines(after, tuple(lines.lines.values()), terms), terms)
    for line_id in lines.priced:
        after = held(after, line_id, terms, change)
    refuse(list(_billed_less(after, lines.owed, terms)))
    return revised(after)


@dataclass(frozen=True, slots=True)
class _Owed:
    """A line that somebody touched who may not bill less: as it would be without that, and the field that they gave."""

    line: Line
    field: str


def _billed_less(after: Invoice, owed: Sequence[_Owed], terms: Terms) -> Iterator[Forbidden]:
    """By what is asked for a line in the end, its discounts and its VAT included."""
    if not owed:
        return
    before = {claim.line.line_id: claim.line for claim in owed}
    due = with_lines(after, tuple(before.get(line.line_id, line) for line in after.lines), terms)
    asked = {line.line_id: _asked_minor(line) for line in after.lines}
    for line in due.lines:
        if line.line_id in before and not line.unpriced and asked[line.line_id] < _asked_minor(line):
            field = next(claim.field for claim in owed if claim.line.line_id == line.line_id)
            yield Forbidden("role-missing", LESS, field=field)


def _asked_minor(line: Line) -> int:
    left = left_minor(line)
    return left if line.basis == GROSS else left + percent(left, line.tax_rate or "0")


class _DraftLines:
    """The draft's lines while they are worked on."""

    def __init__(self, draft: Invoice, terms: Terms, change: Change) -> None:
        self.lines = {line.line_id: line for line in draft.lines}
        self.removed = draft.removed
        self._draft = draft
        self._terms = terms
        self._change = change
        self.priced: list[str] = []
        self.owed: list[_Owed] = []
        self.place = ""
        self._added = 0

    def resolve(self, asked: Resolution) -> None:
        line, record = self.lines.get(asked.line_id), self._record(asked.line_id)
        if record is not None or (line is not None and (line.override or line.waiver)):
            self._manage("what a billing manager decided, a billing manager decides again", "/keep")
        if asked.keep == MINE:
            self._keep(asked.line_id, line, record)
        else:
            self._give_back(asked.line_id, line, record)

    def alter(self, asked: LineChange) -> None:
        line = self._line(asked.line_id)
        for name, kind in (("system", "procedure"), ("unit", "material")):
            if asked.fields.get(name) is not None and line.kind not in (kind, "manual"):
                raise BusinessError("field-of-another-kind", f"a {line.kind} has no {name}", field=f"/{name}")
        self._diagnosed(asked.fields.get("diagnosis_ids") or ())
        after = replace(stated(line, asked.fields), session=side(line))
        if any(getattr(after, name) != getattr(line, name) for name in PRICING):
            after = requoted(after, self._terms, self._draft.buyer.coverage, self._draft.currency)
        self._not_less(line, after, asked.fields)
        self._put(decided(_payable(after, "/quantity"), asked.fields))

    def add(self, asked: NewLine) -> None:
        self._diagnosed(asked.diagnosis_ids)
        self._added += 1
        line = self._quoted(self._new(asked))
        if asked.price is not None:
            self._manage("a price by hand takes a billing manager", "/price")
            reasoned = replace(self._change, reason=asked.reason)
            with _in("/price"):
                line = at_price(line, asked.price, self._draft.currency, reasoned)
            self.priced.append(line.line_id)
        self._put(decided(_payable(line, "/quantity")))

    def remove(self, asked: Removal) -> None:
        line = self._line(asked.line_id)
        if line.override is not None:
            self._manage("what a billing manager priced, a billing manager leaves out", "/line_id")
        del self.lines[asked.line_id]
        if line.source_id is None:
            return
        self._manage("what was done takes a billing manager to leave out", "/line_id")
        self.removed = without_record(self.removed, asked.line_id)
        if (now := side(line).now) is not None:
            record = RemovedLine(line, now, asked.reason, self._change.by, self._change.at)
            self.removed = (*self.removed, record)

    def _keep(self, line_id: str, line: Line | None, record: RemovedLine | None) -> None:
        if line is None or line.conflict is None:
            raise BusinessError("not-in-conflict", "the line is not in conflict", field="/line_id")
        if record is None:
            self._not_less(line, line, {"keep": MINE})
            self.lines[line_id] = decided(line)
            return
        del self.lines[line_id]
        self.removed = (*without_record(self.removed, line_id), replace(record, line=line, over=facts(line)))

    def _give_back(self, line_id: str, line: Line | None, record: RemovedLine | None) -> None:
        mine = line if line is not None or record is None else record.line
        if mine is None or not (record or is_decided(mine)):
            raise BusinessError("not-by-hand", "nobody changed or removed such a line", field="/line_id")
        if side(mine).now is None:
            self.lines.pop(line_id, None)
        else:
            self.lines[line_id] = as_in_session(mine, self._terms, self._draft.buyer.coverage, self._draft.currency)
        self.removed = without_record(self.removed, line_id)

    def _new(self, asked: NewLine) -> Line:
        draft = self._draft
        provider_id = asked.provider_id or (draft.provider.provider_id if draft.provider else None)
        days = [line.performed_on for line in draft.lines]
        line = Line(
            f"added:{draft.version + 1}-{self._added}",
            asked.kind,
            None,
            asked.code,
            asked.system,
            asked.description,
            asked.tooth,
            asked.surfaces,
            asked.area,
            asked.quantity,
            asked.unit,
            asked.performed_on or max(days, default=self._terms.day_of(self._change.at)),
            provider_id,
            True,
            None,
            None,
            None,
            None,
            None,
            None,
        )
        return replace(
            line,
            diagnosis_ids=asked.diagnosis_ids,
            factor=asked.factor,
            factor_reason=asked.factor_reason,
            fee_agreed_on=asked.fee_agreed_on,
        )

    def _diagnosed(self, ids: object) -> None:
        known = {diagnosis.diagnosis_id for diagnosis in self._draft.diagnoses}
        if isinstance(ids, tuple) and not known.issuperset(ids):
            raise BusinessError("diagnosis-unknown", "the session tells no such diagnosis", field="/diagnosis_ids")

    def _quoted(self, line: Line) -> Line:
        return quoted(line, self._terms, self._draft.buyer.coverage, self._draft.currency)

    def _put(self, line: Line) -> None:
        self.lines[line.line_id] = line
        self.removed = without_record(self.removed, line.line_id)

    def _line(self, line_id: str) -> Line:
        if line_id not in self.lines:
            raise BusinessError("line-unknown", "the invoice has no such line", field="/line_id")
        return self.lines[line_id]

    def _record(self, line_id: str) -> RemovedLine | None:
        return next((record for record in self.removed if record.line.line_id == line_id), None)

    def _not_less(self, before: Line, after: Line, fields: Mapping[str, object]) -> None:
        """Some of what was done is left out, or what was done is to cost less: what it costs is known at the end.

        What is owed for a line of the session is what the session says, at the price that the line has already or
        that the lists have for it; for one that a person added, what a billing manager's price made of it.
        """
        if self._change.by.role == MANAGER:
            return
        now = side(after).now
        field = "/quantity" if "quantity" in fields else f"/{next(iter(fields), 'line_id')}"
        if now is not None and Decimal(after.quantity) < Decimal(now.quantity):
            self._manage(LESS, field)
        if now is None or facts(before) == now:
            owed = before
        else:
            as_done = stated(before, {name: getattr(now, name) for name in FACTS})
            owed = requoted(as_done, self._terms, self._draft.buyer.coverage, self._draft.currency)
        if now is not None or before.override is not None:
            self.owed.append(_Owed(owed, f"{self.place}{field}"))

    def _manage(self, message: str, field: str) -> None:
        if self._change.by.role != MANAGER:
            raise Forbidden("role-missing", message, field=field)


def _operations(edits: Edits, lines: _DraftLines) -> Iterator[tuple[str, object, Callable[..., None]]]:
    """Each with its place in the request."""
    todo: tuple[tuple[str, Sequence[object], Callable[..., None]], ...] = (
        ("resolve", edits.resolve, lines.resolve),
        ("change", edits.change, lines.alter),
        ("remove", edits.remove, lines.remove),
        ("add", edits.add, lines.add),
    )
    for name, all_asked, apply in todo:
        for nth, asked in enumerate(all_asked):
            yield f"/{name}/{nth}", asked, apply


def _once(asked: object, seen: set[str]) -> None:
    if isinstance(asked, Resolution | LineChange | Removal):
        if asked.line_id in seen:
            raise BusinessError("line-twice", "one thing at a time with a line", field="/line_id")
        seen.add(asked.line_id)


def _payable(line: Line, field: str) -> Line:
    if line.amount is not None and line.amount.amount_minor > MOST_MINOR:
        raise BusinessError("amount-too-large", "costs more than an invoice can tell", field=field)
    return line


@contextmanager
def _in(place: str) -> Iterator[None]:
    """What is refused in there names its field from the top of the request."""
    try:
        yield
    except BusinessError as refused:
        refused.field = f"{place}{refused.field or ''}"
        raise
