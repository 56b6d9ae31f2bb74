"""A draft as its session says it now, with what people decided about it before: neither is lost in silence.

What a person decided stands against what the session said at that time. As long as the session says that of the line,
or what the person says, they agree; else the line is in conflict until a person keeps their own, or takes the
session's. So only the newest version of the session counts, in whatever order its versions came.
"""

from invoicing.domain.drafts.decided_lines import (
    CHANGED,
    FACTS,
    PRICING,
    REMOVED,
    facts,
    is_decided,
    requoted,
    side,
    stated,
)
from invoicing.domain.drafts.drafting import with_lines
from invoicing.domain.insurance.split import carried
from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import redraft
from invoicing.domain.invoice.line import Line, LineConflict
from invoicing.domain.pricing.terms import Terms
from kernel.change import Change
from kernel.value import replace


def redrafted(draft: Invoice, fresh: Invoice, terms: Terms, change: Change) -> InvoiceOutcome:
    """The draft as its session says it now. Raises IllegalTransition, and BusinessError as `merged`."""
    return revised(carried(draft, redraft(draft, merged(draft, fresh, terms), change), terms.clinic))


def merged(before: Invoice, fresh: Invoice, terms: Terms) -> Invoice:
    """The fresh draft with the lines that people added, changed, priced, waived or removed, and what they granted.

    Raises BusinessError for a greater amount than an invoice can hold.
    """
    mine = {line.line_id: line for line in before.lines if line.source_id is None or is_decided(line)}
    if not (mine or before.removed or before.discounts or before.discount_requests):
        return fresh
    current = {line.line_id: line for line in fresh.lines}
    gone = {record.line.line_id: record for record in before.removed}
    lines = []
    for line in fresh.lines:
        if line.line_id in gone:
            lines += [replace(line, conflict=CHANGED)] if gone[line.line_id].over != facts(line) else []
        else:
            lines.append(_merged_line(mine.get(line.line_id), line, fresh, terms))
    lines += [_only_by_hand(line, fresh, terms) for id_, line in mine.items() if id_ not in current]
    removed = tuple(
        replace(record, line=current.get(id_, _without_session(record.line))) for id_, record in gone.items()
    )
    granted = replace(fresh, discounts=before.discounts, discount_requests=before.discount_requests, removed=removed)
    return with_lines(granted, tuple(lines), terms)


def _merged_line(mine: Line | None, current: Line, fresh: Invoice, terms: Terms) -> Line:
    """What the session says of the line, but for what a person changed of it."""
    if mine is None:
        return current
    known, now = side(mine), facts(current)
    line = stated(current, {name: getattr(mine, name) for name in known.fields})
    if mine.override or mine.waiver:
        line = replace(
            line,
            unit_price=mine.unit_price,
            basis=mine.basis,
            tax_category=mine.tax_category,
            tax_rate=mine.tax_rate,
            exemption_reason=mine.exemption_reason,
            exemption_code=mine.exemption_code,
            price=mine.price,
            override=mine.override,
            waiver=mine.waiver,
        )
    if mine.override or mine.waiver or PRICING & {*known.fields}:
        line = requoted(line, terms, fresh.buyer.coverage, fresh.currency)
    agreed = not (mine.override or mine.waiver) and facts(line) == now
    lost = mine.override is not None and line.unpriced
    conflict: LineConflict | None = CHANGED if lost or (known.over != now and not agreed) else None
    return replace(line, edited=True, conflict=conflict, session=replace(known, now=now))


def _only_by_hand(line: Line, fresh: Invoice, terms: Terms) -> Line:
    """A line that the session does not say, or not any more: as it was when a person decided about it."""
    known = side(line)
    if known.over is not None:
        line = stated(line, {name: getattr(known.over, name) for name in FACTS if name not in known.fields})
    if known.over is not None or (line.net is not None and line.net.currency != fresh.currency):
        line = requoted(line, terms, fresh.buyer.coverage, fresh.currency)
    line = replace(line, edited=True, conflict=None if known.over is None else REMOVED)
    return _without_session(line) if line.source_id is not None else line


def _without_session(line: Line) -> Line:
    return replace(line, session=replace(side(line), now=None))
