"""Proof of completeness: what became of every procedure and material that was ever heard of."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from invoicing.domain.corrections.claim_changes import fields_of
from invoicing.domain.invoice.invoice import Invoice, ProposalDecision
from invoicing.domain.invoice.lifecycle import DRAFT, VOID
from invoicing.domain.invoice.line import Line
from kernel.actor import Actor
from kernel.value import replace, value

FateState = Literal[
    "billed",
    "waived",
    "removed",
    "rejected",
    "session-voided",
    "invoice-voided",
    "drafted",
    "unpriced",
    "proposed",
    "missing",
]
BILLED: Final = "billed"
WAIVED: Final = "waived"
REMOVED: Final = "removed"
REJECTED: Final = "rejected"
SESSION_VOIDED: Final = "session-voided"
INVOICE_VOIDED: Final = "invoice-voided"
DRAFTED: Final = "drafted"
UNPRICED: Final = "unpriced"
PROPOSED: Final = "proposed"
MISSING: Final = "missing"
UNBILLED: tuple[FateState, ...] = (DRAFTED, UNPRICED, PROPOSED, MISSING)
"""Nobody is asked for money yet, and nobody decided that nobody will be."""
STATES: tuple[FateState, ...] = (BILLED, WAIVED, REMOVED, REJECTED, SESSION_VOIDED, INVOICE_VOIDED, *UNBILLED)
ItemKind = Literal["procedure", "material"]
ItemKey = tuple[ItemKind, str]
"""("procedure", procedure id) or ("material", material id), within a session."""


@value
class LoggedItem:
    """One procedure or material of a session. `scope` is the code system, or a material's unit."""

    kind: ItemKind
    source_id: str
    code: str
    scope: str
    quantity: str

    @property
    def key(self) -> ItemKey:
        return (self.kind, self.source_id)


@value
class SessionVersion:
    """What one version of a session holds; nothing but that it is void, where `voided`."""

    version: int
    voided: bool
    items: tuple[LoggedItem, ...]


@value
class LoggedSession:
    """Every version of a session that ever came. `day` is the clinic's date on which it was completed."""

    invoice_id: str
    clinic_id: str
    patient_id: str
    session_id: str
    day: str
    completed_at: datetime
    versions: tuple[SessionVersion, ...]


@value
class Fate:
    """What became of an item, as version `said_in` of its session has it, the last that does.

    `differs` names what its line has otherwise; `reason` and `by` are why it is not billed, where somebody decided.
    """

    item: LoggedItem
    said_in: int
    state: FateState
    invoice_id: str | None = None
    line_id: str | None = None
    number: str | None = None
    differs: tuple[str, ...] = ()
    reason: str | None = None
    by: Actor | None = None


def fates(session: LoggedSession, invoices: Sequence[Invoice]) -> tuple[Fate, ...]:
    """One for each item of any version, in the order in which they first appeared.

    `invoices` are the session's own and their supplements, whatever their state.
    """
    versions = sorted(session.versions, key=lambda s: s.version)
    newest = versions[-1]
    last_listed = {item.key: (item, version.version) for version in versions for item in version.items}
    last = {item.key for item in newest.items}
    return tuple(_fate(item, number, newest, item.key in last, invoices) for item, number in last_listed.values())


def unbilled(found: Iterable[Fate]) -> tuple[Fate, ...]:
    """Those that nobody is asked for money for, and nobody decided about."""
    return tuple(fate for fate in found if fate.state in UNBILLED)


def overdue(session: LoggedSession, found: Iterable[Fate], limit_hours: int, now: datetime) -> tuple[Fate, ...]:
    """What is unbilled though the session ended longer ago than the clinic's limit."""
    return unbilled(found) if now - session.completed_at > timedelta(hours=limit_hours) else ()


def _fate(
    item: LoggedItem, version: int, newest: SessionVersion, still_listed: bool, invoices: Sequence[Invoice]
) -> Fate:
    lines = [(i, line) for i in invoices for line in i.lines if _is(item, line)]
    live = [pair for pair in lines if pair[0].status != VOID]
    if (invoice := next(_proposing(item, invoices), None)) is not None:
        return Fate(item, version, PROPOSED, invoice.invoice_id)
    decision = next(_decisions(item, invoices), None)
    if live:
        billed = min((_on_line(item, version, live, *pair) for pair in live), key=lambda fate: STATES.index(fate.state))
        return billed if decision is None else _decided(billed, decision, newest, still_listed)
    if (fate := next(_left_out(item, version, invoices), None)) is not None:
        return fate
    if newest.voided:
        return Fate(item, version, SESSION_VOIDED, reason=f"voided in version {newest.version}")
    if not still_listed:
        return Fate(item, version, REMOVED, reason=f"not in version {newest.version}")
    rejected = decision if decision is not None and decision.outcome == REJECTED else None
    if lines and (rejected is None or rejected.at < _voided_at(lines)):
        invoice, line = lines[0]
        by = invoice.voided_by or invoice.changed_by
        return Fate(
            item, version, INVOICE_VOIDED, invoice.invoice_id, line.line_id, invoice.number, (), invoice.reason, by
        )
    if rejected is not None:
        return Fate(item, version, REJECTED, reason=rejected.reason, by=rejected.by)
    return Fate(item, version, MISSING)


def _voided_at(lines: Iterable[tuple[Invoice, Line]]) -> datetime:
    return max(invoice.voided_at or invoice.changed_at for invoice, _ in lines)


def _decided(billed: Fate, decision: ProposalDecision, newest: SessionVersion, still_listed: bool) -> Fate:
    """What is on a line, and a person decided about: taken back when the session did, or left as it is."""
    if decision.outcome == REJECTED:
        return replace(billed, reason=billed.reason or decision.reason, by=billed.by or decision.by)
    if decision.proposal.kind == "credit" and not still_listed:
        state: FateState = SESSION_VOIDED if newest.voided else REMOVED
        return replace(billed, state=state, differs=(), reason=decision.reason, by=decision.by)
    return billed


def _on_line(
    item: LoggedItem, version: int, live: Sequence[tuple[Invoice, Line]], invoice: Invoice, line: Line
) -> Fate:
    differs = (*_differences(item, line, live), *fields_of(invoice, line))
    place = invoice.invoice_id, line.line_id, invoice.number, differs
    if line.waiver is not None and not line.waiver.awaits_approval:
        return Fate(item, version, WAIVED, *place, line.waiver.reason, line.waiver.by)
    if line.unpriced:
        return Fate(item, version, UNPRICED, *place)
    return Fate(item, version, DRAFTED if invoice.status == DRAFT else BILLED, *place)


def _differences(item: LoggedItem, line: Line, live: Sequence[tuple[Invoice, Line]]) -> tuple[str, ...]:
    scope = line.system if line.kind == "procedure" else line.unit
    same = (("code", item.code, line.code), ("scope", item.scope, scope))
    quantity = () if Decimal(item.quantity) == _billed(item, live) else ("quantity",)
    return (*(name for name, performed, billed in same if performed != billed), *quantity)


def _billed(item: LoggedItem, live: Sequence[tuple[Invoice, Line]]) -> Decimal:
    """On all lines, less what was taken back because the session said so."""
    back = [
        line
        for invoice, _ in live
        for decision in invoice.decisions
        if decision.outcome == "confirmed" and decision.proposal.kind == "credit"
        for line in decision.proposal.lines
        if _is(item, line) and not line.edited
    ]
    return sum((Decimal(line.quantity) for _, line in live), Decimal(0)) - sum(
        (Decimal(line.quantity) for line in back), Decimal(0)
    )


def _is(item: LoggedItem, line: Line) -> bool:
    return (line.kind, line.source_id) == item.key


def _proposing(item: LoggedItem, invoices: Sequence[Invoice]) -> Iterator[Invoice]:
    """Who would bill it, or more of it; what would be taken back is billed until it is."""
    for invoice in invoices:
        lines = [line for proposal in invoice.proposals if proposal.kind == "supplement" for line in proposal.lines]
        if any(_is(item, line) for line in lines):
            yield invoice


def _decisions(item: LoggedItem, invoices: Sequence[Invoice]) -> Iterator[ProposalDecision]:
    """Of proposals with the item, the last one first."""
    found = [decision for invoice in invoices for decision in invoice.decisions]
    for decision in sorted(found, key=lambda decision: decision.at, reverse=True):
        if any(_is(item, line) for line in decision.proposal.lines):
            yield decision


def _left_out(item: LoggedItem, version: int, invoices: Sequence[Invoice]) -> Iterator[Fate]:
    """By a person, off a draft."""
    for invoice in invoices:
        for record in invoice.removed:
            line = record.line
            if _is(item, line):
                yield Fate(
                    item,
                    version,
                    REMOVED,
                    invoice.invoice_id,
                    line.line_id,
                    invoice.number,
                    (),
                    record.reason,
                    record.by,
                )
