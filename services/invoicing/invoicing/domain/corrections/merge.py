"""A draft as its session says it now, with what people decided about it before: neither is lost in silence.

A person's word stands against what the session said when he gave it. As long as the session says that of the line, or
what the person says, they agree; else the line is in conflict until a person keeps his own, or takes the session's.
So only the newest word of the session counts, in whatever order its versions came.
"""

from collections.abc import Iterable
from dataclasses import replace

from invoicing.domain.drafts.drafting import Terms, priced, with_lines
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.line import Line, RemovedLine, SessionItem, SessionSide
from invoicing.domain.invoice.parties import Coverage
from invoicing.domain.pricing.price_list import NET
from kernel.money import Money, times

CHANGED, REMOVED = "session-changed", "session-removed"
"""Conflicts: the session says something else of the line now, or nothing any more."""
FACTS = (
    "code", "system", "unit", "description", "tooth", "surfaces", "area", "quantity", "performed_on", "provider_id",
)  # fmt: skip
PRICING = frozenset({"code", "system", "unit", "quantity", "performed_on", "provider_id"})
"""What a price depends on."""


def merged(before: Invoice, fresh: Invoice, terms: Terms) -> Invoice:
    """The fresh draft with the lines that people added, changed, priced, waived or removed, and what they granted.

    Raises BusinessError for a greater amount than an invoice can tell.
    """
    mine = {line.line_id: line for line in before.lines if line.source_id is None or is_decided(line)}
    if not (mine or before.removed or before.discounts or before.discount_requests):
        return fresh
    said = {line.line_id: line for line in fresh.lines}
    gone = {record.line.line_id: record for record in before.removed}
    lines = []
    for line in fresh.lines:
        if line.line_id in gone:
            lines += [replace(line, conflict=CHANGED)] if gone[line.line_id].over != facts(line) else []
        else:
            lines.append(_kept(mine.get(line.line_id), line, fresh, terms))
    lines += [_alone(line, fresh, terms) for id_, line in mine.items() if id_ not in said]
    removed = tuple(replace(record, line=said.get(id_, _unsaid(record.line))) for id_, record in gone.items())
    granted = replace(fresh, discounts=before.discounts, discount_requests=before.discount_requests, removed=removed)
    return with_lines(granted, tuple(lines), terms)


def is_decided(line: Line) -> bool:
    """Whether a person has a word on this line of the session."""
    return bool(line.override or line.waiver or (line.session is not None and line.session.fields))


def facts(line: Line) -> SessionItem:
    """The line as the clinical system would say it."""
    return SessionItem(*(getattr(line, name) for name in FACTS))


def side(line: Line) -> SessionSide:
    """The session's side of a line; it never said anything of a line that a person added."""
    if line.session is not None:
        return line.session
    said = None if line.source_id is None else facts(line)
    return SessionSide((), said, said)


def decided(line: Line, changed: Iterable[str] = ()) -> Line:
    """The line after a person's word on it: that stands against what the session says now, and settles a conflict."""
    known = side(line)
    touched = {*known.fields, *changed}
    fields = tuple(
        name for name in FACTS
        if name in touched and (known.now is None or getattr(line, name) != getattr(known.now, name))
    )  # fmt: skip
    if line.source_id is None:
        return replace(line, session=None, edited=True, conflict=None)
    after = replace(line, session=SessionSide(fields, known.now, known.now), conflict=None)
    return replace(after, edited=True) if is_decided(after) else replace(after, session=None, edited=False)


def as_said(line: Line, terms: Terms, cover: Coverage | None, currency: str) -> Line:
    """What the session says of the line, at the price of the lists."""
    now = side(line).now or facts(line)
    plain = replace(line, **{name: getattr(now, name) for name in FACTS}, session=None)
    return quoted(unpriced(plain), terms, cover, currency)


def quoted(line: Line, terms: Terms, cover: Coverage | None, currency: str) -> Line:
    """At the price of the lists; without one, where they are in another currency than the draft."""
    return priced(line, terms, cover) if terms.currency == currency else line


def requoted(line: Line, terms: Terms, cover: Coverage | None, currency: str) -> Line:
    """At the price that it has by hand, or for nothing, where a person said so; else at that of the lists.

    What the list asks for it now is kept beside the person's word.
    """
    listed = quoted(unpriced(line), terms, cover, currency)
    if line.waiver is not None:
        waiver = replace(line.waiver, before=listed.unit_price)
        return replace(line, unpriced=False, amount=Money(0, currency), waiver=waiver)
    if line.override is None:
        return listed
    line = replace(line, override=replace(line.override, before=listed.unit_price))
    if line.unit_price is None or line.unit_price.currency != currency:
        return replace(unpriced(line), override=line.override, conflict=line.conflict, session=line.session)
    return replace(line, unpriced=False, amount=amount_of(line.unit_price, line.quantity))


def unpriced(line: Line) -> Line:
    """Without a price, and without a person's word on it."""
    return replace(
        line, unpriced=True, unit_price=None, net=None, tax_category=None, tax_rate=None, exemption_reason=None,
        price=None, basis=NET, amount=None, override=None, waiver=None, edited=False, conflict=None,
    )  # fmt: skip


def amount_of(unit_price: Money, quantity: str) -> Money:
    """On the basis of the price, before any discount."""
    return Money(times(unit_price.amount_minor, quantity), unit_price.currency)


def without_record(removed: Iterable[RemovedLine], line_id: str) -> tuple[RemovedLine, ...]:
    """Whoever says something else of a line does not want it removed."""
    return tuple(record for record in removed if record.line.line_id != line_id)


def _kept(mine: Line | None, said: Line, fresh: Invoice, terms: Terms) -> Line:
    """What the session says of the line, but for what a person changed of it."""
    if mine is None:
        return said
    known, now = side(mine), facts(said)
    line = replace(said, **{name: getattr(mine, name) for name in known.fields})
    if mine.override or mine.waiver:
        line = replace(
            line, unit_price=mine.unit_price, basis=mine.basis, tax_category=mine.tax_category, tax_rate=mine.tax_rate,
            exemption_reason=mine.exemption_reason, price=mine.price, override=mine.override, waiver=mine.waiver,
        )  # fmt: skip
    if mine.override or mine.waiver or PRICING & {*known.fields}:
        line = requoted(line, terms, fresh.buyer.coverage, fresh.currency)
    agreed = not (mine.override or mine.waiver) and facts(line) == now
    lost = mine.override is not None and line.unpriced
    conflict = CHANGED if lost or (known.over != now and not agreed) else None
    return replace(line, edited=True, conflict=conflict, session=replace(known, now=now))


def _alone(line: Line, fresh: Invoice, terms: Terms) -> Line:
    """A line that the session does not say, or not any more: as it was when a person decided about it."""
    known = side(line)
    if known.over is not None:
        line = replace(line, **{name: getattr(known.over, name) for name in FACTS if name not in known.fields})
    if known.over is not None or (line.net is not None and line.net.currency != fresh.currency):
        line = requoted(line, terms, fresh.buyer.coverage, fresh.currency)
    line = replace(line, edited=True, conflict=None if known.over is None else REMOVED)
    return _unsaid(line) if line.source_id is not None else line


def _unsaid(line: Line) -> Line:
    return replace(line, session=replace(side(line), now=None))
