"""Imported by nobody but the process that workers are forked of: it has all that they need, and waits.

What tells the service's whole process group to stop is for the service, which ends this process too: it goes with it.
"""

import signal

from chassis.loading import loading

with loading():
    import documents.adapters.pdf.logos
    import documents.adapters.pdf.renderer
    import documents.adapters.pdf.worker  # noqa: F401

signal.signal(signal.SIGTERM, signal.SIG_IGN)
