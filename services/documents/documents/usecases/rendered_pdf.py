"""What a renderer gives. A module of its own: who renders needs nothing of what jobs and deliveries are made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """A PDF, how many pages it has, and the version of the template that it was made with.

    `lacks` are codes of what it should be and is not, each with the reason: `e-invoice`, `pdf-a`, `glyphs`. `e_invoice`
    is the XML that is in it.
    """

    content: bytes
    pages: int
    template: str
    lacks: tuple[str, ...] = ()
    e_invoice: bytes | None = None
