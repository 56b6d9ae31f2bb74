"""What is printed in a document, and what names it."""

from dataclasses import dataclass

from documents.domain.documents.document import DocumentKind, SheetKind, Source


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a document is made from, frozen: `facts` is JSON for the renderer, `number` what its file is named by."""

    source: Source
    facts: bytes
    number: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """What is printed for who asks, and not kept."""

    kind: SheetKind
    facts: bytes
    number: str


def subject_of(source: Source) -> str:
    """What a render job is about."""
    return f"{source.kind}/{source.source_id}"


KINDS: tuple[DocumentKind, ...] = ("invoice", "credit_note", "receipt", "register_day")


def source_named(subject: str) -> tuple[DocumentKind, str]:
    """Kind and id of a job's subject; one from before there were kinds is an invoice's id alone."""
    for kind in KINDS:
        if subject.startswith(f"{kind}/"):
            return kind, subject.removeprefix(f"{kind}/")
    return "invoice", subject
