"""A change that would break a reader is named, with where it is; what only adds is let through."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsoncompat
import pytest

from contracts.export.compatibility import breaks
from contracts.invoicing import InvoiceFinalized

REPOSITORY = Path(__file__).parents[2]
Schema = dict[str, Any]
REASON = '    reason: Text = Field(default="", description="why the session is to be forgotten")\n'
INVOICE = InvoiceFinalized.model_json_schema()


def changed(change: Callable[[Schema], object]) -> Schema:
    schema = deepcopy(INVOICE)
    change(schema)
    return schema


def gone(name: str) -> Callable[[Schema], object]:
    def change(schema: Schema) -> None:
        del schema["properties"][name]
        schema["required"] = [required for required in schema["required"] if required != name]

    return change


def with_field(name: str, field: Schema) -> Callable[[Schema], object]:
    return lambda schema: schema["properties"].update({name: field})


def limit(name: str, value: int) -> Callable[[Schema], object]:
    return lambda schema: schema["properties"]["invoice_id"].update({name: value})


BREAKING: dict[str, tuple[Callable[[Schema], object], str]] = {
    "a required field removed": (gone("number"), "/number: is gone, and readers expect it"),
    "an optional field removed": (gone("note"), "/note: is gone"),
    "a required field made optional": (
        lambda s: s["required"].remove("lines"),
        "/lines: may now be missing, and readers expect it",
    ),
    "a type changed": (
        with_field("invoice_id", {"type": "integer"}),
        "/invoice_id: can no longer be string, as it is in records already written",
    ),
    "a type changed inside": (
        lambda s: s["$defs"]["Money"]["properties"].update(amount_minor={"type": "string"}),
        "/lines[]/unit_price/amount_minor: can now be string, which readers do not expect",
    ),
    "null allowed": (
        with_field("invoice_id", {"anyOf": [INVOICE["properties"]["invoice_id"], {"type": "null"}]}),
        "/invoice_id: can now be null, which readers do not expect",
    ),
    "a value more": (
        lambda s: s["properties"]["status"]["enum"].append("lost"),
        "/status: can now be 'lost', which readers do not expect",
    ),
    "a longer text": (limit("maxLength", 500), "/invoice_id: maxLength was 128 and is now 500"),
}
# Breaks of the new reader over old records: jsoncompat cannot tell them from harmless ones, as objects are open.
BREAKING_FOR_OLD_RECORDS: dict[str, tuple[Callable[[Schema], object], str]] = {
    "a value less": (
        lambda s: s["properties"]["status"]["enum"].remove("void"),
        "/status: can no longer be 'void', as it is in records already written",
    ),
    "a list of values for free text": (
        lambda s: s["properties"]["currency"].update(enum=["EUR"]),
        "/currency: is now limited to a list of values",
    ),
    "an optional field made required": (
        lambda s: s["required"].append("note"),
        "/note: must now be there, and records already written may lack it",
    ),
    "a pattern changed": (
        lambda s: s["properties"]["currency"].update(pattern="^EUR$"),
        "/currency: pattern was '^[A-Z]{3}$' and is now '^EUR$'",
    ),
    "a default changed": (
        lambda s: s["properties"]["note"].update(default="-"),
        "/note: default was None and is now '-'",
    ),
    "a shorter text": (limit("maxLength", 20), "/invoice_id: maxLength was 128 and is now 20"),
}
HARMLESS: dict[str, Callable[[Schema], object]] = {
    "nothing": lambda schema: None,
    "an optional field added": with_field("tip", {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}),
    "an optional field added inside": lambda s: s["$defs"]["InvoiceLine"]["properties"].update(tip={"type": "string"}),
    "other words": lambda s: s["properties"]["currency"].update(title="Cur", description="of the invoice"),
}


@pytest.mark.parametrize("name", BREAKING | BREAKING_FOR_OLD_RECORDS)
def test_a_breaking_change_is_told_with_its_place(name: str) -> None:
    change, message = (BREAKING | BREAKING_FOR_OLD_RECORDS)[name]
    assert message in [str(found) for found in breaks(INVOICE, changed(change))]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_change_is_let_through(name: str) -> None:
    assert breaks(INVOICE, changed(HARMLESS[name])) == []


@pytest.mark.parametrize("name", BREAKING)
def test_jsoncompat_agrees_on_what_breaks_who_reads(name: str) -> None:
    assert not jsoncompat.check_compat(json.dumps(INVOICE), json.dumps(changed(BREAKING[name][0])), "serializer")


def test_what_a_renamed_field_breaks_is_found_on_both_sides() -> None:
    def rename(schema: Schema) -> None:
        gone("number")(schema)
        schema["properties"]["invoice_number"] = {"type": "string"}
        schema["required"].append("invoice_number")

    assert [str(found) for found in breaks(INVOICE, changed(rename))] == [
        "/number: is gone, and readers expect it",
        "/invoice_number: must now be there, and records already written may lack it",
    ]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The agreement alone, to be changed."""
    skip = shutil.ignore_patterns("__pycache__")
    for package in ("contracts", "kernel"):
        shutil.copytree(REPOSITORY / package, tmp_path / package, ignore=skip)
    return tmp_path


def export(copy: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-m", "contracts.export", *options]
    environment = {"PYTHONPATH": str(copy), "PYTHONPYCACHEPREFIX": os.environ["PYTHONPYCACHEPREFIX"]}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def rewrite(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_an_untouched_agreement_passes_the_check(copy: Path) -> None:
    checked = export(copy, "--check")
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("after", "message"),
    [("", "is gone"), ('    why: Text = ""\n', "is gone"), ("    reason: int = 0\n", "can now be integer")],
    ids=["removed", "renamed", "another type"],
)
def test_a_field_of_a_model_that_breaks_readers_fails_the_check(copy: Path, after: str, message: str) -> None:
    change_the_reason(copy, after)
    checked = export(copy, "--check")
    assert checked.returncode == 1
    assert f"BREAKING schemas/clinical.session-voided.v1.json /reason: {message}" in checked.stderr


def change_the_reason(copy: Path, after: str) -> None:
    rewrite(copy / "contracts" / "clinical.py", REASON, after)
    rewrite(copy / "contracts" / "samples" / "clinical.py", ', reason="noted twice"', "")


def test_what_breaks_readers_is_written_only_when_that_is_asked_for(copy: Path) -> None:
    change_the_reason(copy, "")
    schema = copy / "contracts" / "schemas" / "clinical.session-voided.v1.json"
    before = schema.read_bytes()
    assert export(copy).returncode == 1
    assert schema.read_bytes() == before
    assert export(copy, "--accept-breaking").returncode == 0
    assert export(copy, "--check").returncode == 0


def test_an_optional_field_more_is_only_drift_and_is_shown_as_a_diff(copy: Path) -> None:
    rewrite(copy / "contracts" / "clinical.py", REASON, f'{REASON}    ward: Text = ""\n')
    drift = export(copy, "--check")
    assert drift.returncode == 1
    assert "BREAKING" not in drift.stderr
    assert '+    "ward": {' in drift.stderr
    assert export(copy).returncode == 0
    assert export(copy, "--check").returncode == 0


def test_a_committed_example_that_no_longer_reads_is_told_with_its_place(copy: Path) -> None:
    example = copy / "contracts" / "examples" / "payments.payment-received.v1.json"
    rewrite(example, '"amount_minor": 5014', '"amount_minor": "50.14"')
    checked = export(copy, "--check")
    assert checked.returncode == 1
    assert "UNREADABLE examples/payments.payment-received.v1.json /amount/amount_minor: " in checked.stderr


def test_a_type_that_is_gone_breaks_its_readers(copy: Path) -> None:
    rewrite(
        copy / "contracts" / "topics.py",
        '"SessionCorrected", "SessionVoided"',
        '"SessionCorrected"',
    )
    checked = export(copy, "--check")
    assert checked.returncode == 1
    assert "BREAKING schemas/clinical.session-voided.v1.json: the type is gone" in checked.stderr
