"""What the API says about whether the books are whole."""

from typing import Literal, Self

from pydantic import BaseModel

from chassis.database.paging import Page
from contracts.values import ActorRef
from invoicing.domain.completeness.fates import Fate, LoggedSession
from invoicing.domain.completeness.fates import unbilled as unbilled_of


class FateView(BaseModel):
    """What became of one procedure or material.

    `billed` on the line of the invoice named; `waived`, `removed`, `rejected` (as a supplement), `session-voided` and
    `invoice-voided` say why and by whom. Unbilled are `drafted` (priced, on a draft), `unpriced`, `proposed` (awaits a
    person) and `missing`. `differs`
    names what the line has otherwise than the session said.
    """

    kind: Literal["procedure", "material"]
    source_id: str
    code: str
    scope: str
    quantity: str
    said_in: int
    state: Literal[
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
    invoice_id: str | None
    line_id: str | None
    number: str | None
    differs: tuple[str, ...]
    reason: str | None
    by: ActorRef | None

    @classmethod
    def of(cls, fate: Fate) -> Self:
        """As judged."""
        names = ("said_in", "state", "invoice_id", "line_id", "number", "differs", "reason")
        item = {name: getattr(fate.item, name) for name in ("kind", "source_id", "code", "scope", "quantity")}
        by = fate.by and {"actor_id": fate.by.actor_id, "name": fate.by.name, "role": fate.by.role}
        return cls.model_validate({**item, **{name: getattr(fate, name) for name in names}, "by": by})


class SessionFates(BaseModel):
    """One session; `day` is the clinic's, on which it was completed, as its first version said."""

    session_id: str
    invoice_id: str
    patient_id: str
    day: str
    versions: list[int]
    unbilled: int
    items: list[FateView]

    @classmethod
    def of(cls, session: LoggedSession, fates: tuple[Fate, ...]) -> Self:
        """As judged."""
        return cls(
            session_id=session.session_id,
            invoice_id=session.invoice_id,
            patient_id=session.patient_id,
            day=session.day,
            versions=sorted(saying.version for saying in session.versions),
            unbilled=len(unbilled_of(fates)),
            items=[FateView.of(fate) for fate in fates],
        )


class CompletenessView(Page[SessionFates]):
    """A page of sessions; `counts` are of all items of the period, by state, and on the first page only."""

    counts: dict[str, int] | None
