"""The EPC QR code against the rules of EPC069-12, and read back from the paper."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from documents.adapters.pdf.epc import LARGEST_PAYLOAD, epc_qr, payload
from documents.adapters.pdf.renderer import DocumentRenderer
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from contracts.invoicing import BankAccount
from kernel.money import MOST_MINOR, Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import CLINIC, facts_of, invoice

GERMAN = BankAccount(iban="DE89 3704 0044 0532 0130 00", bic="COBADEFFXXX")
REFERENCE = "RF18 5390 0754 7034"


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def fields(
    account: BankAccount = GERMAN, name: str = "Zahnärzte GbR", due: int = 25_000, reference: str = REFERENCE
) -> list[str]:
    content = payload(account, name, euro(due), reference)
    assert content is not None
    return content.decode().split("\n")


def test_the_fields_are_those_of_version_002_in_their_order() -> None:
    assert fields() == [
        "BCD",
        "002",
        "1",
        "SCT",
        "COBADEFFXXX",
        "Zahnärzte GbR",
        "DE89370400440532013000",
        "EUR250.00",
        "",
        "RF18539007547034",
    ]


def test_it_is_a_reference_or_a_text_and_never_both() -> None:
    assert fields(reference="rf18539007547034")[9:] == ["RF18539007547034"]
    assert fields(reference="RF19539007547034")[9:] == ["", "RF19539007547034"]
    assert fields(reference="2026-000123\ninjected")[9:] == ["", "2026-000123 injected"]
    assert len(fields(reference="x" * 300)[10]) == 140


@pytest.mark.parametrize(
    ("minor", "written"),
    [(1, "EUR0.01"), (10, "EUR0.10"), (100_000, "EUR1000.00"), (99_999_999_999, "EUR999999999.99")],
)
def test_amounts_have_a_point_and_two_places(minor: int, written: str) -> None:
    assert fields(due=minor)[7] == written


@pytest.mark.parametrize(
    "due", [Money(0, "EUR"), Money(-1, "EUR"), Money(100_000_000_000, "EUR"), Money(100, "CHF"), Money(100, "JPY")]
)
def test_what_is_no_amount_of_a_transfer_has_no_code(due: Money) -> None:
    assert payload(GERMAN, "Zahnärzte GbR", due, REFERENCE) is None


def test_the_bic_may_only_be_left_out_in_the_european_economic_area() -> None:
    assert fields(BankAccount(iban="DE89370400440532013000"))[4] == ""
    swiss = BankAccount(iban="CH9300762011623852957")
    assert payload(swiss, "Praxis", euro(1), REFERENCE) is None
    assert fields(swiss.model_copy(update={"bic": "UBSWCHZH80A"}), "Praxis")[4] == "UBSWCHZH80A"


@pytest.mark.parametrize(
    "account",
    [
        BankAccount(),
        BankAccount(iban=""),
        BankAccount(iban="12"),
        BankAccount(iban="DE89370400440532013001"),
        BankAccount(iban="DE89370400440532013000", bic="COBA"),
    ],
)
def test_an_account_that_is_none_has_no_code(account: BankAccount) -> None:
    assert payload(account, "Praxis", euro(1), REFERENCE) is None


def test_a_name_is_one_line_of_70_letters_at_most() -> None:
    assert fields(name="A" * 69 + " " + "B" * 10)[5] == "A" * 69
    assert fields(name="Praxis\n\nDE00")[5] == "Praxis DE00"
    assert payload(GERMAN, " \n ", euro(1), REFERENCE) is None


@given(
    name=st.text(),
    reference=st.text(max_size=400),
    minor=st.integers(-1, MOST_MINOR),
    bic=st.none() | st.text(max_size=12),
)
def test_whatever_is_printed_the_code_has_its_fields_and_its_size_or_is_left_out(
    name: str, reference: str, minor: int, bic: str | None
) -> None:
    content = payload(BankAccount(iban="DE89370400440532013000", bic=bic), name, euro(minor), reference)
    if content is None:
        return
    assert len(content) <= LARGEST_PAYLOAD
    lines = content.decode().split("\n")
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert lines[6] == "DE89370400440532013000"
    assert 8 <= len(lines) <= 11
    assert len(lines) < 10 or not lines[9] or iso11649.is_valid(lines[9])


needs_reader = pytest.mark.skipif(shutil.which("zbarimg") is None, reason="zbarimg is not installed (zbar-tools)")


def scanned(image: Path) -> str:
    """The bytes as they are: left to itself the reader guesses their encoding, which the payload names."""
    command = ["zbarimg", "--quiet", "--raw", "-Sbinary", "-Sdisable", "-Sqrcode.enable", str(image)]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode().rstrip("\n")


@needs_reader
def test_the_code_reads_back_as_it_was_written(tmp_path: Path) -> None:
    uri = epc_qr(GERMAN, "Zahnärzte GbR", euro(25_000), REFERENCE)
    assert uri is not None
    image = tmp_path / "code.png"
    image.write_bytes(base64.b64decode(uri.partition(",")[2]))
    # The quiet zone is the page's.
    assert scanned(_on_paper(image)).split("\n") == fields()


def _on_paper(image: Path) -> Path:
    from PIL import Image, ImageOps

    paper = image.with_name("paper.png")
    ImageOps.expand(Image.open(image).convert("L"), 40, 255).save(paper)
    return paper


@needs_reader
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed (poppler-utils)")
def test_the_code_on_a_printed_invoice_reads_back(renderer: DocumentRenderer, tmp_path: Path) -> None:
    snapshot = invoice(payment_reference="RF18539007547034")
    pdf = tmp_path / "invoice.pdf"
    pdf.write_bytes(renderer.render("invoice", facts_of(snapshot), PATIENCE_S).content)
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", str(pdf), str(tmp_path / "page")], check=True)
    assert scanned(tmp_path / "page.png").split("\n") == fields(
        CLINIC.bank_account or GERMAN, due=snapshot.totals.due.amount_minor
    )
