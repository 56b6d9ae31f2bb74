"""A mail that carries documents: what is in it."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from documents.domain.deliveries.delivery import Enclosed, Occasion, RecipientKind
from documents.domain.documents.reminder import Step
from kernel.money import Money

_NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Payment:
    """What the reader is asked for, and where to: without an account, at the front desk."""

    due: Money
    due_on: date | None
    reference: str
    holder: str | None = None
    iban: str | None = None
    bic: str | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A document of the mail: its bytes, or where they are fetched until a day."""

    kind: Enclosed
    number: str
    content: bytes = b""
    link: str | None = None
    until: date | None = None

    @property
    def name(self) -> str:
        """Of its file."""
        return file_name(self.number)


@dataclass(frozen=True, slots=True)
class Mail:
    """Of a delivery, the same each time, so that a repetition can be recognised.

    What was treated is in the documents only. Texts are as the invoice has them. `name` is how the reader is greeted,
    None for whom nobody knows; `payment` is None where the reader is asked for nothing.
    """

    delivery_id: str
    recipient: str
    to: RecipientKind
    name: str | None
    clinic: str
    reply_to: str | None
    number: str
    locale: str | None
    home: str | None
    occasion: Occasion
    step: Step | None
    payment: Payment | None
    attached: tuple[Attached, ...]
    requested_at: datetime

    @property
    def automatic(self) -> bool:
        """Whether nobody ordered this very mail."""
        return self.occasion != "asked"


def file_name(number: str, ending: str = "pdf") -> str:
    """An invoice number as the name of its file: "2026/17" is "2026-17.pdf"."""
    return f"{_NOT_IN_A_FILE_NAME.sub('-', number).strip('-.') or 'invoice'}.{ending}"
