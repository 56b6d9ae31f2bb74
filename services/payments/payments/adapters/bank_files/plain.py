"""What every statement file has to be before a reader sees it: plain text."""

import re
from collections.abc import Iterator
from pathlib import Path

from payments.domain.bank.statement import StatementInvalid

_CHUNK = 1024 * 1024
_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"(\xb5/\xfd": "zstd"}
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"iso-8859-15", b"latin-1", b"windows-1252"}
_MARKUP = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def demand_text(file: Path) -> None:
    """Raises StatementInvalid for a compressed file, and for one with NUL bytes, which UTF-16 has too."""
    with file.open("rb") as opened:
        begin = opened.read(8)
    for magic, name in _COMPRESSED.items():
        if begin.startswith(magic):
            raise StatementInvalid("compressed", f"the file is compressed ({name}): send it unpacked")
    if any(b"\0" in chunk for chunk in _chunks(file)):
        raise StatementInvalid("not-text", "the file has NUL bytes: statements are text, in UTF-8 or Latin-1")


def demand_plain_xml(file: Path) -> None:
    """Raises StatementInvalid before anything is parsed: a document type, whose declarations alone can fill the memory,
    or an encoding that hides one. ISO 20022 wants UTF-8; Latin-1 is read too.
    """
    with file.open("rb") as opened:
        declared = _DECLARED.search(opened.read(400))
    if declared and declared.group(1).lower() not in _ENCODINGS:
        raise StatementInvalid("encoding-unsupported", "the file is in an encoding that no bank uses: send it in UTF-8")
    if any(_MARKUP.search(chunk) for chunk in _chunks(file)):
        raise StatementInvalid("document-type", "a statement has no document type declaration")


def _chunks(file: Path) -> Iterator[bytes]:
    """The file a megabyte at a time; each begins with the end of the one before."""
    with file.open("rb") as opened:
        tail = b""
        while chunk := opened.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-16:]
