"""What is outside of the service, as its use cases need it."""

from dataclasses import dataclass
from typing import Protocol

from documents.domain.deliveries.mail import InvoiceMail


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """A PDF and how many pages it has."""

    content: bytes
    pages: int


class RenderFailed(Exception):
    """This snapshot could not be rendered; `reason` is a stable code, without anything of the snapshot."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Renderer(Protocol):
    """Makes the PDF of an invoice snapshot (JSON). Raises RenderFailed; anything else is not the snapshot's fault."""

    async def render(self, snapshot: bytes) -> RenderedPdf: ...


class FileStore(Protocol):
    """Where files are kept, by the SHA-256 of their bytes; an object store can take the place of the database."""

    async def keep(self, sha256: str, content: bytes) -> None: ...

    async def read(self, sha256: str) -> bytes | None: ...


class MailRefused(Exception):
    """The mail server will never take this mail (RFC 5321, 4.2.1: 5yz). `code` is stable and holds no address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MailUnavailable(Exception):
    """The mail server did not take the mail this time; it may later."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Mailer(Protocol):
    """Hands a mail to a mail server, under the same Message-ID each time. Raises MailRefused and MailUnavailable."""

    async def send(self, mail: InvoiceMail) -> None: ...
