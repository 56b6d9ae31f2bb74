"""What making an electronic invoice costs beside printing it, and several processes beside one, in the same run."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing import active_children
from pathlib import Path

from documents.adapters.pdf import fonts
from documents.settings import cached_fonts

from tests.performance import one_render
from tests.performance.report import Result
from tests.unit.documents.samples import facts_of, invoice

MOST_RATIO, MEMORY_MB, LEAST_SHARE = 1.5, 150, 0.9
WITHIN_S = 600.0
PROCESSES, POOLED = 2, 12
"""Workers of a pool, and how many bills of 25 lines each of them renders."""


def documents(sizes: Sequence[int], rounds: int) -> list[Result]:
    """Of each number of lines the whole and the printing alone, each in a process whose peak is its own."""
    fonts.make(cached_fonts())
    return [*(result for lines in sizes for result in _measured(lines, rounds)), _pooled()]


def _measured(lines: int, rounds: int) -> list[Result]:
    command = [sys.executable, "-m", one_render.__name__, str(cached_fonts()), str(rounds)]
    facts = facts_of(invoice(lines=lines, payment_reference="RF18539007547034"))
    out = subprocess.run(command, input=facts, capture_output=True, check=True).stdout
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
