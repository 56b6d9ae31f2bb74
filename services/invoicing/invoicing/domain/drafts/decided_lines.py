"""A line of a draft with what a person decided about it, beside what the session says of it."""

from collections.abc import Iterable, Mapping
from typing import Final

from invoicing.domain.drafts.drafting import priced
from invoicing.domain.invoice.line import NET, Line, RemovedLine, SessionItem, SessionSide
from invoicing.domain.invoice.parties import Coverage
from invoicing.domain.pricing.terms import Terms
from kernel.money import Money, times
from kernel.value import replace

CHANGED: Final = "session-changed"
REMOVED: Final = "session-removed"
"""Conflicts: the session says something else of the line now, or nothing any more."""


FACTS = (
    "code",
    "system",
    "unit",
    "description",
    "tooth",
    "surfaces",
    "area",
    "quantity",
    "performed_on",
    "provider_id",
    "diagnosis_ids",
    "factor",
    "factor_reason",
    "fee_agreed_on",
    "lab_invoice",
)


PRICING = frozenset({"code", "system", "unit", "quantity", "performed_on", "provider_id", "factor", "lab_invoice"})
"""What a price depends on."""
DESCRIBED = ("code", "system", "unit")
"""What a description of the price list depends on."""


def is_decided(line: Line) -> bool:
    """Whether a person decided something about this line of the session."""
    return bool(line.override or line.waiver or (line.session is not None and line.session.fields))


def facts(line: Line) -> SessionItem:
    """The line as the clinical system would say it: it does not say what the price list calls a thing."""
    said = SessionItem(*(getattr(line, name) for name in FACTS))
    return replace(said, description="") if line.listed_description else said


def stated(line: Line, said: Mapping[str, object]) -> Line:
    """The line with these facts. The price list's description does not outlive the code that it describes."""
    after = replace(line, **said)  # type: ignore[arg-type]
    if "description" in said:
        return replace(after, listed_description=False)
    if line.listed_description and any(getattr(after, name) != getattr(line, name) for name in DESCRIBED):
        return replace(after, description="", listed_description=False)
    return after


def side(line: Line) -> SessionSide:
    """The session's side of a line; it never said anything of a line that a person added."""
    if line.session is not None:
        return line.session
    current = None if line.source_id is None else facts(line)
    return SessionSide((), current, current)


def decided(line: Line, changed: Iterable[str] = ()) -> Line:
    """The line after a person's decision, which stands against what the session says now, and settles a conflict."""
    known = side(line)
    touched = {*known.fields, *changed}
    fields = tuple(
        name
        for name in FACTS
        if name in touched and (known.now is None or getattr(line, name) != getattr(known.now, name))
    )
    if line.source_id is None:
        return replace(line, session=None, edited=True, conflict=None)
    after = replace(line, session=SessionSide(fields, known.now, known.now), conflict=None)
    return replace(after, edited=True) if is_decided(after) else replace(after, session=None, edited=False)


def as_in_session(line: Line, terms: Terms, cover: Coverage | None, currency: str) -> Line:
    """What the session says of the line, at the price of the lists."""
    now = side(line).now or facts(line)
    plain = replace(stated(line, {name: getattr(now, name) for name in FACTS}), session=None)
    return quoted(unpriced(plain), terms, cover, currency)


def quoted(line: Line, terms: Terms, cover: Coverage | None, currency: str) -> Line:
    """At the price of the lists; without one, where they are in another currency than the draft."""
    return priced(line, terms, cover) if terms.currency == currency else line


def requoted(line: Line, terms: Terms, cover: Coverage | None, currency: str) -> Line:
    """At the price that it has by hand, or for nothing, where a person said so; else at that of the lists.

    What the list asks for it now is kept beside that.
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
    """Without a price, and without what a person decided about it."""
    return replace(
        line,
        unpriced=True,
        unit_price=None,
        net=None,
        tax_category=None,
        tax_rate=None,
        exemption_reason=None,
        exemption_code=None,
        price=None,
        basis=NET,
        amount=None,
        override=None,
        waiver=None,
        edited=False,
        conflict=None,
    )


def amount_of(unit_price: Money, quantity: str) -> Money:
    """On the basis of the price, before any discount."""
    return Money(times(unit_price.amount_minor, quantity), unit_price.currency)


def without_record(removed: Iterable[RemovedLine], line_id: str) -> tuple[RemovedLine, ...]:
    """Whoever says something else of a line does not want it removed."""
    return tuple(record for record in removed if record.line.line_id != line_id)
