"""Generated files against those that are committed: what differs, and writing them."""

import difflib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path


def committed(root: Path, patterns: Iterable[str]) -> dict[str, str]:
    """Path below `root` -> text."""
    files = [file for pattern in patterns for file in root.glob(pattern)]
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in sorted(files)}


def drift(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Where the committed files differ from the generated ones; empty when they do not."""
    found = [f"DRIFT {path}: is missing" for path in after.keys() - before.keys()]
    found += [f"DRIFT {path}: is not generated any more" for path in before.keys() - after.keys()]
    for path in before.keys() & after.keys():
        old, new = before[path].splitlines(), after[path].splitlines()
        diff = list(difflib.unified_diff(old, new, f"committed/{path}", f"generated/{path}", lineterm="", n=2))
        found += ["\n".join([f"DRIFT {path}:", *diff])] if diff else []
    return [*sorted(found), "Run `make schemas` and commit what it writes."] if found else []


def write(root: Path, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    for path in before.keys() - after.keys():
        (root / path).unlink()
    for path, text in after.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def report(problems: Iterable[str]) -> int:
    """The exit status: 1 when there is something to report."""
    found = list(problems)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0
