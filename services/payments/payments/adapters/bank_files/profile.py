"""What a bank file seems to be: its format, its encoding and, of a CSV, a map of its columns. Nothing is taken over."""

import re
from pathlib import Path

from payments.adapters.bank_files.csv_profile import proposed_columns
from payments.adapters.bank_files.plain import demand_text
from payments.domain.bank.file_profile import FileProfile
from payments.domain.bank.statement import StatementFormat

MOST_LOOKED_AT = 1024 * 1024
"""Bytes from the beginning of a file."""
_MT940 = re.compile(r"^(?:-\}?)?(?:\{.*)?:20:", re.MULTILINE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")


def profile(file: Path) -> FileProfile:
    """Raises StatementInvalid for what is no text at all."""
    demand_text(file)
    with file.open("rb") as opened:
        begin = opened.read(MOST_LOOKED_AT)
    encoding = _encoding(begin)
    text = begin.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    format_ = _format(text)
    if format_ == "csv":
        columns, missing = proposed_columns(text, encoding)
        return FileProfile(format_, encoding, columns, missing)
    declared = _DECLARED.search(begin[:400]) if format_ == "camt.053" else None
    return FileProfile(format_, declared[1].decode().lower() if declared else encoding)


def _format(text: str) -> StatementFormat:
    if text.lstrip().startswith("<"):
        return "camt.053"
    return "mt940" if _MT940.search(text) else "csv"


def _encoding(begin: bytes) -> str:
    """UTF-8 where it is valid (what is cut off at the end aside), else a Latin alphabet: Windows' by its quotes."""
    try:
        begin.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(begin) - 4 or len(begin) < MOST_LOOKED_AT:
            return "cp1252" if re.search(rb"[\x80-\x9f]", begin) else "latin-1"
    return "utf-8"
