"""python -m contracts.export [--check | --accept-breaking]"""

import argparse
import difflib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from contracts.export.compatibility import breaks
from contracts.export.files import generated
from contracts.topics import TOPICS

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("asyncapi", "examples", "schemas")


def main() -> int:
    """1 when the check failed, or when writing would break a reader."""
    parser = argparse.ArgumentParser(prog="contracts.export", description="Writes schemas, AsyncAPI and examples.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on drift or a breaking change")
    parser.add_argument(
        "--accept-breaking", action="store_true", help="write also what breaks readers: for a type nobody reads yet"
    )
    options = parser.parse_args()
    committed, fresh = _committed(ROOT), generated()
    broken = _breaking(committed, fresh)
    if options.check:
        return _report(broken + _unreadable(committed) + _drift(committed, fresh))
    if broken and not options.accept_breaking:
        return _report(broken)
    _write(ROOT, committed, fresh)
    print(f"{len(fresh)} files written below {ROOT}")
    return 0


def _committed(root: Path) -> dict[str, str]:
    files = [file for folder in FOLDERS for file in (root / folder).glob("*.json")]
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in sorted(files)}


def _breaking(committed: Mapping[str, str], fresh: Mapping[str, str]) -> list[str]:
    found = []
    for path in (path for path in committed if path.startswith("schemas/")):
        if path not in fresh:
            found.append(f"BREAKING {path}: the type is gone")
            continue
        changes = breaks(json.loads(committed[path]), json.loads(fresh[path]))
        found += [f"BREAKING {path} {change}" for change in changes]
    return [*found, "A breaking change takes a new type (.v2), written beside the old one."] if found else []


def _unreadable(committed: Mapping[str, str]) -> list[str]:
    """The committed examples, read with the models of today."""
    types = {event.TYPE: event for topic in TOPICS for event in topic.events}
    found = []
    for path in (path for path in committed if path.startswith("examples/")):
        example = json.loads(committed[path])
        event = types.get(example["headers"]["ce_type"])
        if event is None:
            found.append(f"UNREADABLE {path}: no topic has {example['headers']['ce_type']}")
            continue
        try:
            event.model_validate_json(json.dumps(example["value"]))
        except ValidationError as error:
            found += [f"UNREADABLE {path} /{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    return found


def _drift(committed: Mapping[str, str], fresh: Mapping[str, str]) -> list[str]:
    found = [f"DRIFT {path}: is missing" for path in fresh.keys() - committed.keys()]
    found += [f"DRIFT {path}: is not generated any more" for path in committed.keys() - fresh.keys()]
    for path in committed.keys() & fresh.keys():
        before, after = committed[path].splitlines(), fresh[path].splitlines()
        diff = list(difflib.unified_diff(before, after, f"committed/{path}", f"generated/{path}", lineterm="", n=2))
        found += ["\n".join([f"DRIFT {path}:", *diff])] if diff else []
    return [*sorted(found), "Run `make schemas` and commit what it writes."] if found else []


def _report(problems: list[str]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _write(root: Path, committed: Mapping[str, str], fresh: Mapping[str, str]) -> None:
    for path in committed.keys() - fresh.keys():
        (root / path).unlink()
    for path, text in fresh.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
