"""A process that renders as the service's own do, and nothing else: …one_render FONTS ROUNDS < FACTS

Prints ms of CPU of printing an invoice and of the whole, its peak in MB, and that before the first. The two take turns,
so that whoever else has the machine is in the way of both.
"""

import sys
from pathlib import Path
from time import process_time

from chassis.loading import loading

with loading():
    import documents.adapters.pdf.logos  # noqa: F401
    from documents.adapters.pdf import renderer
    from documents.adapters.pdf.finishing import Finished

    from tests.performance.peak import peak_mb

WITHIN_S = 600.0


def main() -> None:
    made, rounds, facts = renderer.DocumentRenderer(Path(sys.argv[1])), int(sys.argv[2]), sys.stdin.buffer.read()
    idle_mb, names = peak_mb(), vars(renderer)
    finish = names["finished"]

    def cpu_s() -> float:
        begun = process_time()
        made.render("invoice", facts, WITHIN_S)
        return process_time() - begun

    printed, whole = [], []
    for _ in range(rounds + 1):
        # Printing is the same without what comes after it.
        names["finished"] = lambda pdf, about, e_invoice: Finished(pdf, None, ())
        printed.append(cpu_s())
        names["finished"] = finish
        whole.append(cpu_s())
    # The first of each reads what is then at hand.
    sys.stdout.write(f"{min(printed[1:]) * 1_000} {min(whole[1:]) * 1_000} {peak_mb()} {idle_mb}")


if __name__ == "__main__":
    main()
