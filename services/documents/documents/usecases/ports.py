"""What is outside of the service, as its use cases need it."""

from dataclasses import dataclass
from typing import Protocol

from chassis.job_worker import JobFailed
from documents.domain.deliveries.mail import InvoiceMail
from documents.domain.documents.document import SheetKind


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """A PDF, how many pages it has, and the version of the template that it was made with.

    `lacks` are codes of what it should be and is not, each with the reason: `e-invoice`, `pdf-a`. `e_invoice` is the
    XML that is in it.
    """

    content: bytes
    pages: int
    template: str
    lacks: tuple[str, ...] = ()
    e_invoice: bytes | None = None


class RenderFailed(JobFailed):
    """This snapshot could not be rendered; `reason` is a stable code, without anything of the snapshot."""


class Renderer(Protocol):
    """Makes a PDF of the facts (JSON) of a kind. Raises RenderFailed, and Unavailable when nothing could render."""

    async def render(self, kind: SheetKind, facts: bytes) -> RenderedPdf: ...


class FileStore(Protocol):
    """Where files are kept, by the SHA-256 of their bytes; an object store can take the place of the database."""

    async def keep(self, sha256: str, content: bytes) -> None: ...

    async def read(self, sha256: str) -> bytes | None: ...


class MailFailed(JobFailed):
    """The mail server did not take the mail. `reason` is stable and holds no address; it is `final` when the server
    will never take this mail (RFC 5321, 4.2.1: 5yz).
    """


class Mailer(Protocol):
    """Hands a mail to a mail server, under the same Message-ID each time. Raises MailFailed."""

    async def send(self, mail: InvoiceMail) -> None: ...
