"""What ran and what did not: `python -m tests.summary build/tests-*.xml` counts each run, with the reasons of what was
skipped."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree


def lines(report: Path) -> Iterator[str]:
    """One for the run, and one for each reason for which tests of it were skipped."""
    if not report.exists():
        yield f"{report.stem}: no report, so nothing ran"
        return
    suites = list(ElementTree.parse(report).iter("testsuite"))
    ran, skipped, broken = (sum(int(suite.attrib[of]) for suite in suites) for of in ("tests", "skipped", "failures"))
    broken += sum(int(suite.attrib["errors"]) for suite in suites)
    minutes = sum(float(suite.attrib["time"]) for suite in suites) / 60
    yield f"{report.stem}: {ran - skipped} tests in {minutes:.1f} minutes, {broken} failed, {skipped} skipped"
    reasons = Counter(one.attrib.get("message", "") for suite in suites for one in suite.iter("skipped"))
    for reason, count in reasons.most_common():
        yield f"    {count} skipped: {reason}"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print("\n".join(lines(Path(argument))))
