"""A delivery: documents on their way to one recipient, each attempt of it, and what came back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Never

from documents.domain.deliveries.reports import Report
from documents.domain.documents.document import Source
from documents.domain.documents.reminder import Step
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import IllegalTransition
from kernel.ids import derived_id
from kernel.outcome import Outcome

DeliveryStatus = Literal["queued", "sent", "failed"]
DeliveryCommand = Literal["be tried", "be delivered", "be given up"]
RecipientKind = Literal["patient", "insurer", "guardian", "address"]
Occasion = Literal["asked", "issued", "reminder"]
"""Why it is sent: somebody asked, the clinic's setting has it sent when it is issued, or it is overdue."""
Sendable = Literal["invoice", "credit_note", "receipt", "statement", "submission"]
Enclosed = Literal[Sendable, "reminder"]
AttemptOutcome = Literal["open", "taken", "refused", "unanswered"]

TRANSITIONS: dict[tuple[DeliveryStatus, DeliveryCommand], DeliveryStatus] = {
    ("queued", "be tried"): "queued",
    ("queued", "be delivered"): "sent",
    ("queued", "be given up"): "failed",
}
CALLED_OFF = frozenset({"nothing-overdue", "payment-disputed"})
"""Why a reminder that was queued is not sent."""
MOST_ATTEMPTS, MOST_REPORTS = 50, 20
"""What is kept of each: the last ones, and the first attempt."""
ONCE_A_DAY = timedelta(days=1)
"""Within which the same document goes to the same recipient only when somebody insists."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """One document of a delivery; `file` and `version` are what is sent of it, from the first attempt on.

    `document_id` is that of the kept document; None for what is printed for this delivery. `number` names the file.
    """

    kind: Enclosed
    source_id: str
    document_id: str | None
    number: str
    file: str | None = None
    version: int | None = None

    @property
    def link_id(self) -> str:
        """What a link calls it: also what is not kept has a name that says nothing."""
        return self.document_id or derived_id("doc", self.kind, self.source_id)


@dataclass(frozen=True, slots=True)
class Attempt:
    """`open` until it is known what the mail server said: one that stays open was ended in the middle.

    `unanswered`: there was no server, or none that came to an end.

    `code` is the reply code of SMTP (RFC 5321, 4.2), `answer` the server's words without any address.
    """

    at: datetime
    outcome: AttemptOutcome = "open"
    code: int | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery has no events of its own: what became of it, its document tells.

    The address is in the invoice, and only there; `address` is one that somebody gave for this delivery. `step` is
    that of a reminder. With `link_until` its documents are not attached: links to them work until then. Deliveries
    from before there were enclosures have their document alone.
    """

    delivery_id: str
    version: int
    clinic_id: str
    invoice_id: str
    document_id: str
    status: DeliveryStatus
    requested_at: datetime
    requested_by: Actor
    settled_at: datetime | None = None
    failure: str | None = None
    to: RecipientKind = "patient"
    address: str | None = None
    payer_id: str | None = None
    language: str | None = None
    occasion: Occasion = "asked"
    step: Step | None = None
    enclosures: tuple[Enclosure, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    reports: tuple[Report, ...] = ()
    link_until: datetime | None = None

    @property
    def documents(self) -> tuple[Enclosure, ...]:
        return self.enclosures or (Enclosure("invoice", self.invoice_id, self.document_id, ""),)

    @property
    def called_off(self) -> bool:
        """Whether there was no reason for it any more: that says nothing of its documents."""
        return self.failure in CALLED_OFF

    @property
    def interrupted(self) -> int:
        """How many attempts were ended before anybody knew whether the mail was taken."""
        return sum(attempt.outcome == "open" for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class Order:
    """Which documents go to whom, and in which language where that is not the recipient's own."""

    to: RecipientKind = "patient"
    address: str | None = None
    payer_id: str | None = None
    language: str | None = None
    occasion: Occasion = "asked"
    step: Step | None = None
    enclosures: tuple[Enclosure, ...] = ()
    link_until: datetime | None = None


def request_delivery(
    delivery_id: str, source: Source, change: Change, order: Order | None = None
) -> Outcome[Delivery, Never]:
    """The documents of the order are to be mailed; without one, the document of the source to the patient."""
    wanted = order or Order()
    return Outcome(
        Delivery(
            delivery_id=delivery_id,
            version=1,
            clinic_id=source.clinic_id,
            invoice_id=source.source_id,
            document_id=source.document_id,
            status="queued",
            requested_at=change.at,
            requested_by=change.by,
            to=wanted.to,
            address=wanted.address,
            payer_id=wanted.payer_id,
            language=wanted.language,
            occasion=wanted.occasion,
            step=wanted.step,
            enclosures=wanted.enclosures,
            link_until=wanted.link_until,
        )
    )


def begin_attempt(delivery: Delivery, files: Sequence[Enclosure], at: datetime) -> Outcome[Delivery, Never]:
    """What is sent is fixed by the first attempt. Raises IllegalTransition unless it is queued."""
    _next(delivery, "be tried")
    kept = delivery.attempts[:1] + delivery.attempts[1:][-(MOST_ATTEMPTS - 2) :]
    begun = replace(
        delivery, version=delivery.version + 1, enclosures=tuple(files), attempts=(*kept, Attempt(at, "open"))
    )
    return Outcome(begun)


def end_attempt(delivery: Delivery, ended: Attempt) -> Outcome[Delivery, Never]:
    """What the server said to the last attempt; one that is not the last any more is somebody else's."""
    if not delivery.attempts or delivery.attempts[-1].at != ended.at:
        return Outcome(delivery)
    return Outcome(replace(delivery, version=delivery.version + 1, attempts=(*delivery.attempts[:-1], ended)))


def record_delivered(delivery: Delivery, attempt: Attempt, change: Change) -> Outcome[Delivery, Never]:
    """A report that it came back may be here before the server's yes. Raises IllegalTransition unless it is queued."""
    status = _next(delivery, "be delivered")
    answered = end_attempt(delivery, attempt).state
    taken = replace(answered, version=delivery.version + 1, status=status, settled_at=change.at)
    bounced = next((report for report in taken.reports if report.action == "failed"), None)
    return Outcome(_returned(taken, bounced) if bounced else taken)


def give_up(delivery: Delivery, failure: str, change: Change) -> Outcome[Delivery, Never]:
    """Raises IllegalTransition unless it is queued."""
    status = _next(delivery, "be given up")
    given_up = replace(delivery, version=delivery.version + 1, status=status, settled_at=change.at, failure=failure)
    return Outcome(given_up)


def record_report(delivery: Delivery, report: Report) -> Outcome[Delivery, Never]:
    """What a mail system reported of it; one that is known already changes nothing.

    Only `failed` changes what became of the delivery: a mail that is late, or was relayed, may still arrive.
    """
    if any(known.report_id == report.report_id for known in delivery.reports):
        return Outcome(delivery)
    kept = delivery.reports[-(MOST_REPORTS - 1) :]
    reported = replace(delivery, version=delivery.version + 1, reports=(*kept, report))
    return Outcome(_returned(reported, report) if report.action == "failed" and reported.status == "sent" else reported)


def _returned(delivery: Delivery, report: Report) -> Delivery:
    return replace(delivery, status="failed", failure=f"bounced-{report.status}" if report.status else "bounced")


def _next(delivery: Delivery, command: DeliveryCommand) -> DeliveryStatus:
    status = TRANSITIONS.get((delivery.status, command))
    if status is None:
        raise IllegalTransition("the delivery", delivery.status, command)
    return status
