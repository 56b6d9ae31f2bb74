"""What making an electronic invoice costs beside printing it: CPU and memory, in the same run."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from unittest.mock import patch

from documents.adapters.pdf import fonts
from documents.settings import cached_fonts

from tests.performance.report import Result

MOST_RATIO, MEMORY_MB = 1.5, 150
WITHIN_S = 600.0


def documents(sizes: Sequence[int], rounds: int) -> list[Result]:
    """Of each number of lines the whole and the printing alone, each in a process whose peak is its own."""
    fonts.make(cached_fonts())
    return [result for lines in sizes for result in _measured(lines, rounds)]


def _measured(lines: int, rounds: int) -> list[Result]:
    printed_ms, printed_mb = _ran(lines, rounds, "printed")
    whole_ms, whole_mb = _ran(lines, rounds, "whole")
    ratio = whole_ms / printed_ms
    name, goals = f"documents: {lines:,} lines", (f"<= {MOST_RATIO} x printing", f"< {MEMORY_MB} MB")
    return [
        Result(f"{name}, PDF/A with XML", whole_ms, "ms CPU", printed_ms, ratio, goals[0], ratio <= MOST_RATIO),
        Result(f"{name}, memory", whole_mb, "MB", printed_mb, whole_mb / printed_mb, goals[1], whole_mb < MEMORY_MB),
    ]


def _ran(lines: int, rounds: int, what: str) -> tuple[float, float]:
    command = [sys.executable, "-m", __name__, str(lines), str(rounds), what]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    ms, mb = map(float, out.split())
    return ms, mb


def main() -> None:
    """In the process that is measured: ms of CPU, the best of some rounds, and its peak in MB."""
    from documents.adapters.pdf import renderer
    from documents.adapters.pdf.finishing import Finished

    from tests.performance.cpu import least_cpu_s
    from tests.performance.peak import peak_mb
    from tests.unit.documents.samples import facts_of, invoice

    lines, rounds, what = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    facts = facts_of(invoice(lines=lines))
    # Printing is the same without what comes after it.
    nothing_more = patch.object(renderer, "finished", lambda pdf, about, e_invoice: Finished(pdf, None, ()))
    with nothing_more if what == "printed" else nullcontext():
        working = renderer.DocumentRenderer(cached_fonts())
        best = least_cpu_s(partial(working.render, "invoice", facts, WITHIN_S), rounds)
    sys.stdout.write(f"{best * 1000} {peak_mb()}")


if __name__ == "__main__":
    main()
