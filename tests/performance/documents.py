"""What making an electronic invoice costs beside printing it, and several processes beside one, in the same run."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from unittest.mock import patch

from documents.adapters.pdf import fonts
from documents.settings import cached_fonts

from tests.performance.report import Result

MOST_RATIO, MEMORY_MB, LEAST_SHARE = 1.5, 150, 0.9
WITHIN_S = 600.0
PROCESSES, POOLED = 2, 12
"""Workers of a pool, and how many bills of 25 lines each of them renders."""


def documents(sizes: Sequence[int], rounds: int) -> list[Result]:
    """Of each number of lines the whole and the printing alone, each in a process whose peak is its own."""
    fonts.make(cached_fonts())
    return [*(result for lines in sizes for result in _measured(lines, rounds)), _pooled()]


def _measured(lines: int, rounds: int) -> list[Result]:
    command = [sys.executable, "-m", __name__, str(lines), str(rounds)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    printed_ms, whole_ms, peak, idle = map(float, out.split())
    ratio = whole_ms / printed_ms
    name, goals = f"documents: {lines:,} lines", (f"<= {MOST_RATIO} x printing", f"< {MEMORY_MB} MB")
    return [
        Result(f"{name}, PDF/A with XML", whole_ms, "ms CPU", printed_ms, ratio, goals[0], ratio <= MOST_RATIO),
        Result(f"{name}, memory beside an idle process", peak, "MB", idle, None, goals[1], peak < MEMORY_MB),
    ]


def _pooled() -> Result:
    """By CPU time, whoever else has the machine: what a document takes of a core may not grow with the processes."""
    alone, together = asyncio.run(_cpu_ms(1)), asyncio.run(_cpu_ms(PROCESSES))
    share = alone / together
    name, goal = f"documents: {PROCESSES} processes beside one", f">= {LEAST_SHARE} x each"
    return Result(name, together, "ms CPU each", alone, share, goal, share >= LEAST_SHARE)


async def _cpu_ms(processes: int) -> float:
    """Of each of the documents of a pool, all its processes and this one together."""
    from documents.adapters.pdf.limits import RenderLimits
    from documents.adapters.pdf.pool import RenderPool

    from tests.unit.documents.samples import facts_of, invoice

    limits = RenderLimits(cpu_s=600, memory_mb=2_048)
    pool = RenderPool(cached_fonts(), processes=processes, renders_a_process=1_000, timeout_s=WITHIN_S, limits=limits)
    await pool.start()
    bill = facts_of(invoice(lines=25))

    async def render(count: int) -> None:
        await asyncio.gather(*(pool.render("invoice", bill) for _ in range(count)))

    try:
        await render(processes)
        pids = [os.getpid(), *(child.pid or 0 for child in active_children())]
        begun = sum(map(_used_s, pids))
        await render(POOLED * processes)
        return (sum(map(_used_s, pids)) - begun) * 1_000 / (POOLED * processes)
    finally:
        await pool.stop()


def _used_s(pid: int) -> float:
    """CPU seconds of a process (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """In the process that is measured: ms of CPU printed and whole, its peak in MB, and that before the first.

    The two take turns, so that whoever else has the machine is in the way of both.
    """
    from documents.adapters.pdf import renderer
    from documents.adapters.pdf.finishing import Finished

    from tests.performance.cpu import cpu_s
    from tests.performance.peak import peak_mb
    from tests.unit.documents.samples import facts_of, invoice

    lines, rounds = int(sys.argv[1]), int(sys.argv[2])
    render = partial(renderer.DocumentRenderer(cached_fonts()).render, "invoice", facts_of(invoice(lines=lines)))
    idle_mb = peak_mb()
    took: dict[str, list[float]] = {"printed": [], "whole": []}
    for _ in range(rounds + 1):
        # Printing is the same without what comes after it.
        with patch.object(renderer, "finished", lambda pdf, about, e_invoice: Finished(pdf, None, ())):
            took["printed"].append(cpu_s(partial(render, WITHIN_S)))
        took["whole"].append(cpu_s(partial(render, WITHIN_S)))
    # The first of each reads what is then at hand.
    printed_ms, whole_ms = (min(each[1:]) * 1_000 for each in took.values())
    sys.stdout.write(f"{printed_ms} {whole_ms} {peak_mb()} {idle_mb}")


if __name__ == "__main__":
    main()
