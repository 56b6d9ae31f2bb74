"""What runs in a worker process: xhtml2pdf and all it needs is imported here, when the process starts."""

import logging
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from documents.adapters.pdf.renderer import InvoiceRenderer

_renderer: "InvoiceRenderer | None" = None


class CannotRender(Exception):
    """The type of what went wrong; its text may quote the document."""


def start(font_dir: Path) -> None:
    """Makes the process ready. Ctrl-C is for the service, which ends this process; it never outlives the service."""
    global _renderer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    # xhtml2pdf's warnings quote what they stumble over.
    logging.disable(logging.CRITICAL)
    from documents.adapters.pdf.renderer import InvoiceRenderer

    _renderer = InvoiceRenderer(font_dir)


def render(snapshot: bytes, within_s: float) -> tuple[bytes, int]:
    """The PDF of an invoice snapshot and its number of pages. Raises CannotRender."""
    try:
        if _renderer is None:
            raise RuntimeError("not started")
        return _renderer.render(snapshot, within_s)
    except Exception as error:
        raise CannotRender(type(error).__name__) from None


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
