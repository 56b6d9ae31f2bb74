"""Documents rendered in one process: CPU time by the length of a bill, beside a bare table of reportlab of its rows."""

import io
from functools import partial

from documents.adapters.pdf import fonts
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.settings import cached_fonts
from reportlab.platypus import SimpleDocTemplate, Table

from tests.performance.cpu import least_cpu_s
from tests.performance.report import Result
from tests.unit.documents.samples import facts_of, invoice

LENGTHS = (1, 25, 200, 1_000)
WITHIN_S = 600.0
MOST_GROWTH = 1.2
REFERENCE = "RF18539007547034"


def rendering(rounds: int) -> list[Result]:
    """Documents a second of a core, the best of `rounds`; the floor draws the same rows and nothing else."""
    fonts.make(cached_fonts())
    renderer = DocumentRenderer(cached_fonts())
    taken: dict[int, float] = {}
    results = []
    for lines in LENGTHS:
        facts = facts_of(invoice(lines=lines, payment_reference=REFERENCE))
        taken[lines] = least_cpu_s(partial(renderer.render, "invoice", facts, WITHIN_S), rounds)
        floor = least_cpu_s(partial(_bare, lines), rounds)
        ratio = floor / taken[lines]
        results.append(Result(f"bill of {lines} lines", 1 / taken[lines], "a CPU second", 1 / floor, ratio, ""))
    growth = (taken[1_000] / 1_000) / (taken[25] / 25)
    results.append(
        Result("ms a line at 1,000 to that at 25", growth, "", None, None, "at most 1.2", growth <= MOST_GROWTH)
    )
    return results


def _bare(lines: int) -> None:
    row = ["20.11.2026", "D2391", "Composite, posterior", "14", "O D", "1", "125,00", "125,00"]
    SimpleDocTemplate(io.BytesIO()).build([Table([row] * (lines + 1), repeatRows=1)])
