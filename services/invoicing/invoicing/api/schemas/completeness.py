"""What became of everything that sessions have."""

from typing import Literal, Self

from pydantic import BaseModel, Field

from chassis.database.paging import Page
from contracts.values import ActorRef
from invoicing.api.schemas.common import example
from invoicing.domain.completeness.fates import Fate, LoggedSession
from invoicing.domain.completeness.fates import unbilled as unbilled_of


class FateView(BaseModel):
    """What became of one procedure or material.

    `billed` on the line of the invoice named; `waived`, `removed`, `rejected` (as a supplement), `session-voided` and
    `invoice-voided` say why and by whom. Unbilled are `drafted` (priced, on a draft), `unpriced`, `proposed` (awaits a
    person) and `missing`.
    """

    kind: Literal["procedure", "material"] = Field(description="what was done, or used")
    source_id: str = Field(description="the id that the session gave it")
    code: str = Field(description="the procedure's code, or the material's SKU")
    scope: str = Field(description="the procedure's code system, or the material's unit")
    quantity: str = Field(description="how much, as a decimal")
    said_in: int = Field(description="the last version of the session that has it")
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
    ] = Field(description="what became of it")
    invoice_id: str | None = Field(description="the invoice that it is on, or was")
    line_id: str | None = Field(description="the line of that invoice")
    number: str | None = Field(description="the number of that invoice, once it is finalized")
    differs: tuple[str, ...] = Field(description="what the line has otherwise than the session: names of its fields")
    reason: str | None = Field(description="why it is not billed, where a person decided so")
    by: ActorRef | None = Field(description="who decided so")

    @classmethod
    def of(cls, fate: Fate) -> Self:
        """As judged."""
        names = ("said_in", "state", "invoice_id", "line_id", "number", "differs", "reason")
        item = {name: getattr(fate.item, name) for name in ("kind", "source_id", "code", "scope", "quantity")}
        by = fate.by and {"actor_id": fate.by.actor_id, "name": fate.by.name, "role": fate.by.role}
        return cls.model_validate({**item, **{name: getattr(fate, name) for name in names}, "by": by})


class SessionFates(BaseModel):
    """One session, and what became of its items."""

    session_id: str = Field(description="the session")
    invoice_id: str = Field(description="the invoice that the session has, or would have")
    patient_id: str = Field(description="the patient of its first version")
    day: str = Field(description="the clinic's day on which it was completed, as its first version has it")
    versions: list[int] = Field(description="the versions that arrived")
    unbilled: int = Field(description="how many of its items are unbilled")
    items: list[FateView] = Field(description="every procedure and material that any version has")

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

    model_config = example(
        {
            "items": [
                {
                    "session_id": "ses-2026-000123",
                    "invoice_id": "inv_0511d0ce1d04f88f351b2764aa29248e",
                    "patient_id": "pat-77",
                    "day": "2026-11-20",
                    "versions": [1],
                    "unbilled": 1,
                    "items": [
                        {
                            "kind": "procedure",
                            "source_id": "p-1",
                            "code": "D2391",
                            "scope": "http://www.ada.org/cdt",
                            "quantity": "1",
                            "said_in": 1,
                            "state": "drafted",
                            "invoice_id": "inv_0511d0ce1d04f88f351b2764aa29248e",
                            "line_id": "procedure:p-1",
                            "number": None,
                            "differs": [],
                            "reason": None,
                            "by": None,
                        }
                    ],
                }
            ],
            "next_cursor": None,
            "counts": {"drafted": 1},
        }
    )

    counts: dict[str, int] | None = Field(
        description="how many items of the period are in each state; null but on the first page"
    )
