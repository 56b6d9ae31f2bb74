"""What the API says about whether the books are whole."""

from datetime import date
from typing import Self

from pydantic import BaseModel

from chassis.proofs import Finding, Kind
from chassis.verification import Report


class FindingView(BaseModel):
    """What is broken, and where. `truncated`: from this revision on; `version` is 0 where a document is gone."""

    subject: str
    version: int
    kind: Kind

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """As found."""
        return cls(subject=finding.subject, version=finding.version, kind=finding.kind)


class VerificationView(BaseModel):
    """What was verified; `intact` when nothing is broken.

    Of the `unsealed` revisions, younger than `sealed_until`, nobody can tell yet whether the last ones were removed.
    """

    clinic_id: str
    intact: bool
    revisions: int
    documents: int
    seals: int
    sealed_until: date | None
    unsealed: int
    findings: list[FindingView]
    more: bool

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
