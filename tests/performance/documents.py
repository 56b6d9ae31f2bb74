"""What making an electronic invoice costs beside printing it: CPU of one process, and its memory, in the same run."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from time import process_time
from unittest.mock import patch

from documents.adapters.pdf import fonts
from documents.settings import cached_fonts

from tests.performance.report import Result

MOST_RATIO, MEMORY_MB = 1.5, 150


def documents(sizes: Sequence[int], rounds: int) -> list[Result]:
    """Of each number of lines in a process of its own, whose peak is its own: the whole, and the printing in it."""
    fonts.make(cached_fonts())
    return [result for lines in sizes for result in _measured(lines, rounds)]


def _measured(lines: int, rounds: int) -> list[Result]:
    command = [sys.executable, "-m", __name__, str(lines), str(rounds)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    whole_ms, printed_ms, peak_mb = map(float, out.split())
    ratio = whole_ms / printed_ms
    name = f"documents: {lines:,} lines"
    goal = f"<= {MOST_RATIO} x printing"
    found = [Result(f"{name}, PDF/A with XML", whole_ms, "ms CPU", printed_ms, ratio, goal, ratio <= MOST_RATIO)]
    return [*found, Result(f"{name}, memory", peak_mb, "MB", None, None, f"< {MEMORY_MB} MB", peak_mb < MEMORY_MB)]


def main() -> None:
    """In the process that is measured: CPU of the whole and of printing in ms, the best of some, and its peak in MB."""
    from documents.adapters.pdf import renderer

    from tests.performance.peak import peak_mb
    from tests.unit.documents.samples import invoice

    lines, rounds = map(int, sys.argv[1:])
    snapshot = invoice(lines=lines).model_dump_json().encode()
    working = renderer.InvoiceRenderer(cached_fonts())
    working.render(invoice().model_dump_json().encode(), 300)
    whole_ms = _best(lambda: working.render(snapshot, 300), rounds)
    peak = peak_mb()
    # Printing is the same without what comes after it.
    with patch.object(renderer, "finished", lambda pdf, about, e_invoice: (pdf, ())):
        printed_ms = _best(lambda: working.render(snapshot, 300), rounds)
    sys.stdout.write(f"{whole_ms} {printed_ms} {peak}")


def _best(work: Callable[[], object], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        begun = process_time()
        work()
        best = min(best, process_time() - begun)
    return best * 1000


if __name__ == "__main__":
    main()
