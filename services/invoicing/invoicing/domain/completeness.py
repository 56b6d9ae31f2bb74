"""Proof of completeness: what became of every procedure and material that was ever heard of."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from chassis.kernel.value import value
from invoicing.domain.invoice import ActorRef, Invoice, Line
from invoicing.domain.lifecycle import DRAFT, VOID

BILLED, WAIVED, REMOVED = "billed", "waived", "removed"
SESSION_VOIDED, INVOICE_VOIDED = "session-voided", "invoice-voided"
DRAFTED, UNPRICED, PROPOSED, MISSING = "drafted", "unpriced", "proposed", "missing"
UNBILLED = (DRAFTED, UNPRICED, PROPOSED, MISSING)
"""Nobody is asked for money yet, and nobody decided that nobody will be."""
STATES = (BILLED, WAIVED, REMOVED, SESSION_VOIDED, INVOICE_VOIDED, *UNBILLED)
ItemKey = tuple[str, str]
"""("procedure", procedure id) or ("material", material id), within a session."""


@value
class HeardItem:
    """One procedure or material as a session told it. `scope` is the code system, or a material's unit."""

    kind: str
    source_id: str
    code: str
    scope: str
    quantity: str

    @property
    def key(self) -> ItemKey:
        return (self.kind, self.source_id)


@value
class Saying:
    """What one version of a session said; nothing but that it is void, where `voided`."""

    version: int
    voided: bool
    items: tuple[HeardItem, ...]


@value
class HeardSession:
    """All that was ever heard of a session. `day` is the clinic's date on which it was completed."""

    invoice_id: str
    clinic_id: str
    patient_id: str
    session_id: str
    day: str
    completed_at: datetime
    said: tuple[Saying, ...]


@value
class Fate:
    """What became of an item, as version `said_in` told it last.

    `differs` names what its line has otherwise; `reason` and `by` tell why it is not billed, where somebody decided.
    """

    item: HeardItem
    said_in: int
    state: str
    invoice_id: str | None = None
    line_id: str | None = None
    number: str | None = None
    differs: tuple[str, ...] = ()
    reason: str | None = None
    by: ActorRef | None = None


def fates(session: HeardSession, invoices: Sequence[Invoice]) -> tuple[Fate, ...]:
    """One for each item that any version told, in the order in which they were first told.

    `invoices` are the session's own and their supplements, whatever their state.
    """
    said = sorted(session.said, key=lambda s: s.version)
    newest = said[-1]
    told = {item.key: (item, saying.version) for saying in said for item in saying.items}
    last = {item.key for item in newest.items}
    return tuple(_fate(item, version, newest, item.key in last, invoices) for item, version in told.values())


def unbilled(found: Iterable[Fate]) -> tuple[Fate, ...]:
    """Those that nobody is asked for money for, and nobody decided about."""
    return tuple(fate for fate in found if fate.state in UNBILLED)


def overdue(session: HeardSession, found: Iterable[Fate], limit_hours: int, now: datetime) -> tuple[Fate, ...]:
    """What is unbilled though the session ended longer ago than the clinic's limit."""
    return unbilled(found) if now - session.completed_at > timedelta(hours=limit_hours) else ()


def _fate(item: HeardItem, version: int, newest: Saying, still_said: bool, invoices: Sequence[Invoice]) -> Fate:
    lines = [(i, line) for i in invoices for line in i.lines if (line.kind, line.source_id) == item.key]
    live = [pair for pair in lines if pair[0].status != VOID]
    if live:
        return min((_on_line(item, version, *pair) for pair in live), key=lambda fate: STATES.index(fate.state))
    if (invoice := next(_proposing(item, invoices), None)) is not None:
        return Fate(item, version, PROPOSED, invoice.invoice_id)
    if (fate := next(_left_out(item, version, invoices), None)) is not None:
        return fate
    if newest.voided:
        return Fate(item, version, SESSION_VOIDED, reason=f"voided in version {newest.version}")
    if not still_said:
        return Fate(item, version, REMOVED, reason=f"not in version {newest.version}")
    if lines:
        invoice, line = lines[0]
        by = invoice.voided_by or invoice.changed_by
        return Fate(item, version, INVOICE_VOIDED, invoice.invoice_id, line.line_id, invoice.number, (),
                    invoice.reason, by)  # fmt: skip
    return Fate(item, version, MISSING)


def _on_line(item: HeardItem, version: int, invoice: Invoice, line: Line) -> Fate:
    place = invoice.invoice_id, line.line_id, invoice.number, _differences(item, line)
    if line.waiver is not None:
        return Fate(item, version, WAIVED, *place, line.waiver.reason, line.waiver.by)
    if line.unpriced:
        return Fate(item, version, UNPRICED, *place)
    return Fate(item, version, DRAFTED if invoice.status == DRAFT else BILLED, *place)


def _differences(item: HeardItem, line: Line) -> tuple[str, ...]:
    scope = line.system if line.kind == "procedure" else line.unit
    pairs = (("code", item.code, line.code), ("scope", item.scope, scope), ("quantity", item.quantity, line.quantity))
    return tuple(name for name, said, billed in pairs if said != billed)


def _proposing(item: HeardItem, invoices: Sequence[Invoice]) -> Iterator[Invoice]:
    for invoice in invoices:
        lines = [line for proposal in invoice.proposals for line in proposal.lines]
        if invoice.status != VOID and any((line.kind, line.source_id) == item.key for line in lines):
            yield invoice


def _left_out(item: HeardItem, version: int, invoices: Sequence[Invoice]) -> Iterator[Fate]:
    """By a person, off a draft."""
    for invoice in invoices:
        for record in invoice.removed:
            line = record.line
            if (line.kind, line.source_id) == item.key:
                yield Fate(item, version, REMOVED, invoice.invoice_id, line.line_id, invoice.number, (),
                           record.reason, record.by)  # fmt: skip
