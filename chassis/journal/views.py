"""What an API shows of its journal: a page of revisions, field by field, and whether all of it is whole."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from chassis.database.paging import Order, Page, PageRequest
from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from chassis.journal.checks import Finding, Kind
from chassis.journal.differences import differences
from chassis.journal.revisions import Revision, Revisions
from chassis.journal.verifier import EVER, Report
from contracts.values import Id, rfc3339

OLDEST_FIRST = Order((("version", 1),))
Verify = Callable[[str, date, date], Awaitable[Report]]


class ChangedField(BaseModel):
    """One field before and after; `field` is a JSON pointer (RFC 6901), with an item's id in the place of its index."""

    field: str = Field(
        description="JSON pointer into what is under revision; an item that has an id stands under it, "
        "`/lines/procedure:p-1/quantity`, also one that came or went; a list of ids is another order"
    )
    before: Any = Field(description="what was there; null for nothing")
    after: Any = Field(description="what is there since; null for nothing")


class RevisionView(BaseModel):
    """One change of what is under revision; `hash` covers it and the one before.

    `cause` is the id of what it is a consequence of; null for what a person did.
    """

    version: int = Field(description="of what is under revision, after this change")
    type: str = Field(description="what happened, as a word")
    at: str = Field(description="when, RFC 3339")
    actor_id: str = Field(description="who: the subject of the token, or `system`'s source")
    actor_name: str | None = Field(description="their name in the token")
    actor_role: str = Field(description="the role under which they acted")
    reason: str | None = Field(description="why, as a person said")
    cause: str | None = Field(description="the id of what it is a consequence of; null for what a person did")
    changes: list[ChangedField] = Field(description="each field that differs")
    previous: str = Field(description="the hash of the revision before")
    hash: str = Field(description="SHA-256 over this revision and `previous`")

    @classmethod
    def of(cls, revision: Revision, hash_: str, before: bytes | None) -> Self:
        """`before` is the snapshot of the revision before."""
        return cls(
            version=revision.version,
            type=revision.type,
            at=rfc3339(revision.at),
            actor_id=revision.actor_id,
            actor_name=revision.actor_name,
            actor_role=revision.actor_role,
            reason=revision.reason,
            cause=revision.cause,
            changes=[ChangedField(**asdict(change)) for change in differences(before, revision.snapshot)],
            previous=revision.previous,
            hash=hash_,
        )


class FindingView(BaseModel):
    """What is broken, and where. `truncated`: from this revision on; `version` is 0 where a document is gone."""

    subject: str = Field(description="what the revision is of")
    version: int = Field(description="of the revision; 0 where a document is gone")
    kind: Kind = Field(description="what is broken")

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """As found."""
        return cls(subject=finding.subject, version=finding.version, kind=finding.kind)


class VerificationView(BaseModel):
    """What was verified; `intact` when nothing is broken.

    Of the `unsealed` revisions, younger than `sealed_until`, nobody can tell yet whether the last ones were removed.
    """

    clinic_id: str = Field(description="the clinic whose history was verified")
    intact: bool = Field(description="true when nothing is broken")
    revisions: int = Field(description="how many were verified")
    documents: int = Field(description="how many were compared with their last revision")
    seals: int = Field(description="how many were verified")
    sealed_until: date | None = Field(description="the last day that is sealed; null for none")
    unsealed: int = Field(description="how many revisions are younger than that")
    findings: list[FindingView] = Field(description="what is broken, and where")
    more: bool = Field(description="true when there are more findings than are listed")

    @classmethod
    def of(cls, report: Report) -> Self:
        """As reported."""
        return cls(
            clinic_id=report.clinic_id,
            intact=not report.findings,
            revisions=report.revisions,
            documents=report.documents,
            seals=report.seals,
            sealed_until=report.sealed_until,
            unsealed=report.unsealed,
            findings=[FindingView.of(one) for one in report.findings],
            more=report.more,
        )


async def history(journal: Revisions, subject: str, last: int, paging: PageRequest) -> Page[RevisionView]:
    """A page of the revisions up to `last`; one that is missing is left out, and does not end the list."""
    after = next((key for key in OLDEST_FIRST.start(paging) or () if isinstance(key, int)), 0)
    end = min(after + paging.limit, last)
    found = await journal.of(subject, range(max(after, 1), end + 1))
    before = {revision.version + 1: revision.snapshot for revision, _ in found}
    items = [RevisionView.of(one, hash_, before.get(one.version)) for one, hash_ in found if one.version > after]
    return Page(items=items, next_cursor=OLDEST_FIRST.cursor({"version": end}) if end < last else None)


def verification(routes: APIRouter, verify_: Verify) -> None:
    """Adds the route that says whether a clinic's history is whole."""

    @routes.get(
        "/clinics/{clinic_id}/revisions/verification",
        summary="Verify a clinic's history",
        dependencies=[LONG],
        responses=problems({404: ["not-found"]}),
    )
    async def verify(
        clinic_id: Annotated[Id, Path(description="the clinic whose history is verified")],
        caller: Reader,
        first: Annotated[date, Query(alias="from", ge=EVER[0], description="first day, of UTC")] = EVER[0],
        last: Annotated[date, Query(alias="to", le=EVER[1], description="last day, of UTC")] = EVER[1],
    ) -> VerificationView:
        """Whether any revision of these days was changed, removed, reordered or cut off, and where."""
        caller.enter(clinic_id)
        return VerificationView.of(await verify_(clinic_id, first, last))
