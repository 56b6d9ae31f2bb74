"""What is outside of the service, as its use cases need it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from chassis.job_worker import JobFailed
from documents.domain.deliveries.mail import Mail
from documents.domain.deliveries.reports import Action
from documents.domain.documents.document import SheetKind
from documents.domain.looks.logo import Picture
from documents.facts import PLAIN_LOOK, Look
from documents.usecases.rendered_pdf import RenderedPdf


class RenderFailed(JobFailed):
    """This snapshot could not be rendered; `reason` is a stable code, without anything of the snapshot."""


class Renderer(Protocol):
    """Makes a PDF of the facts (JSON) of a kind, as the clinic's paper looks. Raises RenderFailed, and Unavailable when
    nothing could render.
    """

    async def render(self, kind: SheetKind, facts: bytes, look: Look = PLAIN_LOOK) -> RenderedPdf: ...


class Rasterizer(Protocol):
    """Makes dots of a PNG, a JPEG or an SVG. Raises LogoInvalid, and Unavailable when nothing could draw."""

    async def picture_of(self, content: bytes) -> Picture: ...


class FileStore(Protocol):
    """Where files are kept, by the SHA-256 of their bytes; an object store can take the place of the database."""

    async def keep(self, sha256: str, content: bytes) -> None: ...

    async def read(self, sha256: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class MailTaken:
    """The mail server's reply code and its words, without any address."""

    code: int
    answer: str


class MailFailed(JobFailed):
    """The mail server did not take the mail. `reason` is stable and holds no address; it is `final` when the server
    will never take this mail (RFC 5321, 4.2.1: 5yz). `code` and `answer` are as of MailTaken, None where nobody did.
    """

    def __init__(self, reason: str, *, final: bool = False, code: int | None = None, answer: str | None = None) -> None:
        super().__init__(reason, final=final)
        self.code = code
        self.answer = answer


class Mailer(Protocol):
    """Hands a mail to a mail server, under the same Message-ID each time. Raises MailFailed."""

    async def send(self, mail: Mail) -> MailTaken: ...


@dataclass(frozen=True, slots=True)
class Notification:
    """What a mail system reports of a mail of ours; `notification_id` is equal for the same one, handed in again."""

    delivery_id: str
    notification_id: str
    action: Action
    status: str | None
    answer: str | None


ReadNotification = Callable[[bytes], Notification]
"""Of a mail as it came. Raises BusinessError for what is no such report."""


class Inbox(Protocol):
    """A folder in which mails arrive as files; each is kept when it was worked off. Raises OSError."""

    async def waiting(self) -> list[Path]: ...

    async def read(self, file: Path) -> bytes | None: ...

    async def keep(self, file: Path, *, refused: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """The version of a document that a delivery brought."""

    delivery_id: str
    document_id: str
    version: int


class LinkExpired(Exception):
    """It was good, and its time is over."""


class LinkUnknown(Exception):
    """It was not signed here, or with a key that is no more, or there is nothing behind it."""


class Links(Protocol):
    """Signs links, and reads them. Raises LinkExpired and LinkUnknown for what is no good."""

    def url(self, target: LinkTarget, until: datetime) -> str: ...

    def read(self, token: str) -> LinkTarget: ...
