"""python -m dev.reference [--check | --accept-breaking]"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from contracts.export.drift import committed, drift, report, write
from contracts.export.files import as_text
from dev.reference.compatibility import breaks
from dev.reference.lint import gaps
from dev.reference.services import SETTINGS, applications
from dev.reference.tables import routes_page, settings_page

ROOT = Path(__file__).resolve().parents[2]
FILES = ("contracts/openapi/*.json", "docs/reference/*.md")


def main() -> int:
    """1 when the check failed, or when writing would break a caller."""
    parser = argparse.ArgumentParser(prog="dev.reference", description="Writes OpenAPI documents and tables.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on drift, a break or a gap")
    parser.add_argument("--accept-breaking", action="store_true", help="write also what breaks callers")
    parser.add_argument("--gaps", action="store_true", help="only list what operations and fields do not say")
    options = parser.parse_args()
    before, fresh = committed(ROOT, FILES), generated()
    missing = _missing(fresh)
    if options.gaps:
        return report(missing)
    broken = _breaking(before, fresh)
    if options.check:
        return report(broken + drift(before, fresh) + missing)
    if broken and not options.accept_breaking:
        return report(broken)
    write(ROOT, before, fresh)
    print(f"{len(fresh)} files written below {ROOT}")
    return 0


def generated() -> dict[str, str]:
    """Path below the repository -> text."""
    documents = {service: app.openapi() for service, app in applications().items()}
    return {
        **{f"contracts/openapi/{service}.json": as_text(document) for service, document in documents.items()},
        "docs/reference/routes.md": routes_page(documents),
        "docs/reference/settings.md": settings_page(SETTINGS),
    }


def _breaking(before: Mapping[str, str], fresh: Mapping[str, str]) -> list[str]:
    found = []
    for path in (path for path in before if path.endswith(".json")):
        changes = breaks(json.loads(before[path]), json.loads(fresh[path])) if path in fresh else ["is gone"]
        found += [f"BREAKING {path} {change}" for change in changes]
    return [*found, "Keep what callers use, beside the new; `--accept-breaking` if nobody does."] if found else []


def _missing(fresh: Mapping[str, str]) -> list[str]:
    """What the documents do not say."""
    return [
        f"MISSING {path} {gap}"
        for path, text in fresh.items()
        if path.endswith(".json")
        for gap in gaps(json.loads(text))
    ]


if __name__ == "__main__":
    sys.exit(main())
