"""What runs in a worker process: xhtml2pdf and all it needs is imported here, when the process starts."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from documents.adapters.pdf.limits import RenderLimits
from documents.domain.documents.document import SheetKind
from documents.domain.looks.logo import LogoInvalid, Picture
from documents.facts import Look
from documents.usecases.rendered_pdf import RenderedPdf

if TYPE_CHECKING:
    from documents.adapters.pdf.renderer import DocumentRenderer

R = TypeVar("R")
_renderer: "DocumentRenderer | None" = None
_limits: RenderLimits | None = None


class CannotRender(Exception):
    """The type of what went wrong; its text may quote the document."""


class OutOfMemory(Exception):
    """More memory was asked for than the process may have: it is to be replaced."""


def start(font_dir: Path, limits: RenderLimits) -> None:
    """Makes the process ready. To be told to stop is for the service, which ends this process; it never outlives it."""
    global _renderer, _limits
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    # xhtml2pdf's warnings quote what they stumble over.
    logging.disable(logging.CRITICAL)
    from documents.adapters.pdf.renderer import DocumentRenderer

    _renderer, _limits = DocumentRenderer(font_dir), limits
    limits.hold_process()


def render(kind: SheetKind, facts: bytes, within_s: float, look: Look) -> RenderedPdf:
    """Raises CannotRender and OutOfMemory."""
    return _limited(lambda: RenderedPdf(*_ready().render(kind, facts, within_s, look)))


def picture_of(content: bytes) -> Picture:
    """Raises LogoInvalid, CannotRender and OutOfMemory."""
    from documents.adapters.pdf import logos

    return _limited(lambda: logos.picture_of(content))


def _ready() -> "DocumentRenderer":
    if _renderer is None:
        raise RuntimeError("not started")
    return _renderer


def _limited(work: Callable[[], R]) -> R:
    """Within what one document may take."""
    try:
        if _limits is None:
            raise RuntimeError("not started")
        _limits.begin_document()
        return work()
    except LogoInvalid:
        raise
    except (MemoryError, SystemError):
        # The second is of compiled code that was refused memory, and ended without a word.
        if _limits is not None:
            _limits.release_memory()
        raise OutOfMemory from None
    except Exception as error:
        raise CannotRender(type(error).__name__) from None


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
