"""python -m contracts.export [--check | --accept-breaking]"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from contracts.export.compatibility import breaks
from contracts.export.drift import committed, drift, report, write
from contracts.export.files import generated
from contracts.topics import TOPICS

ROOT = Path(__file__).resolve().parents[1]
FILES = ("asyncapi/*.json", "examples/*.json", "schemas/*.json")


def main() -> int:
    """1 when the check failed, or when writing would break a reader."""
    parser = argparse.ArgumentParser(prog="contracts.export", description="Writes schemas, AsyncAPI and examples.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on drift or a breaking change")
    parser.add_argument(
        "--accept-breaking", action="store_true", help="write also what breaks readers: for a type nobody reads yet"
    )
    options = parser.parse_args()
    before, fresh = committed(ROOT, FILES), generated()
    broken = _breaking(before, fresh)
    if options.check:
        return report(broken + _unreadable(before) + drift(before, fresh))
    if broken and not options.accept_breaking:
        return report(broken)
    write(ROOT, before, fresh)
    print(f"{len(fresh)} files written below {ROOT}")
    return 0


def _breaking(before: Mapping[str, str], fresh: Mapping[str, str]) -> list[str]:
    found = []
    for path in (path for path in before if path.startswith("schemas/")):
        if path not in fresh:
            found.append(f"BREAKING {path}: the type is gone")
            continue
        if fresh[path] == before[path]:
            continue
        changes = breaks(json.loads(before[path]), json.loads(fresh[path]))
        found += [f"BREAKING {path} {change}" for change in changes]
    return [*found, "A breaking change takes a new type (.v2), written beside the old one."] if found else []


def _unreadable(before: Mapping[str, str]) -> list[str]:
    """The committed examples, read with the models of today."""
    types = {event.TYPE: event for topic in TOPICS for event in topic.events}
    found = []
    for path in (path for path in before if path.startswith("examples/")):
        example = json.loads(before[path])
        event = types.get(example["headers"]["ce_type"])
        if event is None:
            found.append(f"UNREADABLE {path}: no topic has {example['headers']['ce_type']}")
            continue
        try:
            event.model_validate_json(json.dumps(example["value"]))
        except ValidationError as error:
            found += [f"UNREADABLE {path} /{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    return found


if __name__ == "__main__":
    sys.exit(main())
