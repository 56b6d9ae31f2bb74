"""Files made to break a reader: each is refused with its reason, and none of them fills the memory."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from payments.api.schemas.csv_columns import CsvColumnsBody
from payments.domain.bank.statement import StatementFormat
from pydantic import ValidationError

from tests.parts.statements import OWN_IBAN, Moved, camt
from tests.unit.payments.bank.test_bank_files import COLUMNS, MT940, items, refusal

MB = 1024 * 1024
LARGE = 50 * MB
MEMORY = 256 * MB
ROOT = Path(__file__).parents[4]
BEGIN = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
FROM_OUTSIDE = b'<!DOCTYPE D SYSTEM "http://127.0.0.1:1/x.dtd">'
PARAMETER = b'<!DOCTYPE D [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>'
UTF_7 = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE D+AD4-'
UNKNOWN = b'<?xml version="1.0" encoding="nope"?>'
ONE = camt([Moved(100, "a")])
CHARGED = b"<Chrgs>" + b'<Rcrd><Amt Ccy="EUR">90000000000000.00</Amt></Rcrd>' * 2 + b"</Chrgs>"
ARABIC = "\N{ARABIC-INDIC DIGIT ONE}.00".encode()
PLAIN = CsvColumnsBody(account=OWN_IBAN, currency="EUR", booked_on="d", amount="a", text="t")
HEAD_OF_MT940 = MT940.split(":61:")[0].encode()


def filled(with_: bytes, size: int = LARGE) -> bytes:
    """A statement with as many of these as make the size."""
    return camt([Moved(100)]).replace(b"</Stmt>", with_ * (size // len(with_)) + b"</Stmt>")


def laughs(levels: int = 9) -> bytes:
    inner = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE D [<!ENTITY l0 "lol">{inner}]><Document>&l{levels - 1};</Document>'.encode()


SMALL: dict[str, tuple[bytes, StatementFormat, str]] = {
    "a billion laughs": (laughs(), "camt.053", "document-type"),
    "an external entity": (
        b'<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + BEGIN + b"&x;",
        "camt.053",
        "document-type",
    ),
    "an external document type": (FROM_OUTSIDE + BEGIN, "camt.053", "document-type"),
    "a parameter entity": (PARAMETER + BEGIN, "camt.053", "document-type"),
    "an entity of nowhere": (BEGIN + b"&nope;</BkToCstmrStmt></Document>", "camt.053", "not-xml"),
    "gzip": (gzip.compress(ONE), "camt.053", "compressed"),
    "zip": (b"PK\x03\x04" + bytes(40), "mt940", "compressed"),
    "UTF-16, which hides everything": (ONE.decode().encode("utf-16"), "camt.053", "not-text"),
    "UTF-7, which hides a document type": (UTF_7 + BEGIN, "camt.053", "encoding-unsupported"),
    "an encoding that nobody knows": (UNKNOWN + BEGIN, "camt.053", "encoding-unsupported"),
    "a NUL in XML": (ONE.replace(b">a<", b">a\0<"), "camt.053", "not-text"),
    "a NUL in MT940": (MT940.replace("GUTSCHRIFT", "GUT\0").encode(), "mt940", "not-text"),
    "a NUL in CSV": (b"d,a,t\n2026-11-20,1.00,\0\n", "csv", "not-text"),
    "bytes that are no UTF-8": (ONE.replace(b">a<", b">\xff\xfe<"), "camt.053", "not-xml"),
    "an amount beyond every integer": (ONE.replace(b">1.00<", b">999999999999999.00<"), "camt.053", "amount-invalid"),
    "a negative amount": (ONE.replace(b">1.00<", b">-1.00<"), "camt.053", "amount-invalid"),
    "an amount in exponents": (ONE.replace(b">1.00<", b">1e9<"), "camt.053", "amount-invalid"),
    "digits of another script": (ONE.replace(b">1.00<", b">" + ARABIC + b"<"), "camt.053", "amount-invalid"),
    "a month that is none": (camt([Moved(100, day="2026-13-01")]), "camt.053", "date-invalid"),
    "a balance without direction": (
        ONE.replace(b"<CdtDbtInd>CRDT</CdtDbtInd>", b"", 1),
        "camt.053",
        "direction-missing",
    ),
    "charges beyond every integer": (
        ONE.replace(b"<NtryDtls>", CHARGED + b"<NtryDtls>"),
        "camt.053",
        "amount-invalid",
    ),
    "another currency of the account": (ONE.replace(b"<Ccy>EUR", b"<Ccy>USD"), "camt.053", "currency-differs"),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_hostile_file_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    content, format_, code = SMALL[name]
    assert refusal(tmp_path, content, format_, PLAIN) == code


HUGE: dict[str, tuple[Callable[[], bytes], StatementFormat, str]] = {
    "declarations": (lambda: b"<!DOCTYPE a [" + b'<!ENTITY a "b">' * (LARGE // 15), "camt.053", "document-type"),
    "elements": (lambda: filled(b"<a/>"), "camt.053", "entry-too-large"),
    "an entry": (lambda: filled(b"<Ntry>" + b"<TxDtls/>" * MB), "camt.053", "entry-too-large"),
    "attributes": (
        lambda: BEGIN + b"<a " + b" ".join(b"a%d=''" % n for n in range(4 * MB)),
        "camt.053",
        "entry-too-large",
    ),
    "depth": (lambda: BEGIN + b"<a>" * (LARGE // 3), "camt.053", "not-xml"),
    "a text": (lambda: filled(b"<a>" + b"x" * 20 * MB), "camt.053", "entry-too-large"),
    "a name": (lambda: BEGIN + b"<" + b"a" * LARGE, "camt.053", "entry-too-large"),
    "commas": (lambda: b"d,a,t\n" + b"," * LARGE, "csv", "row-too-long"),
    "quoted lines": (lambda: b"d,a,t\n" + b'"\n",' * (LARGE // 4), "csv", "row-too-long"),
    "a header": (lambda: b"d," * (LARGE // 2), "csv", "row-too-long"),
    "lines": (lambda: HEAD_OF_MT940 + b"\r\n" * (LARGE // 2), "mt940", "statement-too-large"),
    "a line": (lambda: HEAD_OF_MT940 + b":61:" + b"1" * LARGE, "mt940", "statement-too-large"),
}
READ = """
import json, resource, sys
from pathlib import Path
from payments.adapters.bank_files import read
from payments.domain.bank.statement import CsvColumns, StatementInvalid, check
_, file, format_, columns, memory = sys.argv
held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + int(memory), held + int(memory)))
try:
    check(read(format_, Path(file), CsvColumns(**json.loads(columns))))
except StatementInvalid as refused:
    print(refused.code)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of memory is Linux's")
@pytest.mark.parametrize("name", HUGE)
def test_fifty_megabytes_made_to_fill_the_memory_do_not(tmp_path: Path, name: str) -> None:
    """In a process that is given 256 MB more than it needs to begin with."""
    make, format_, code = HUGE[name]
    file = tmp_path / "statement"
    file.write_bytes(make())
    command = [sys.executable, "-c", READ, str(file), format_, PLAIN.model_dump_json(), str(MEMORY)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (ended.stdout.strip(), ended.returncode) == (code, 0), ended.stderr[-1_000:]


@pytest.mark.parametrize(
    ("written", "minor"), [("1.234,56", 123_456), ("1234,5", 123_450), ("-1.000", -100_000), ("+0,01", 1)]
)
def test_amounts_of_a_csv_are_read_as_the_map_says(tmp_path: Path, written: str, minor: int) -> None:
    [_, entry] = items(tmp_path, f"Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;{written};a;\n".encode(), "csv", COLUMNS)
    assert getattr(entry, "counts_minor", None) == minor


@pytest.mark.parametrize("written", ["1.50", "1,5,0", "12.34,56", "1.2345", "--1,00", "", "1e3", "(5,00"])
def test_an_amount_that_could_mean_something_else_is_refused(tmp_path: Path, written: str) -> None:
    rows = f"Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;{written};a;\n"
    assert refusal(tmp_path, rows.encode(), "csv", COLUMNS) == "rows-invalid"


@pytest.mark.parametrize("format_", ["%y%y", "%d.%m.%Y%d", "%c", "", "%Y", "%Q", "%d.%m", "%d%d%Y"])
def test_a_date_format_that_is_none_is_refused_with_the_map(format_: str) -> None:
    with pytest.raises(ValidationError):
        PLAIN.model_validate({**PLAIN.model_dump(), "date_format": format_})
