"""What a transfer names is found however a payer, or a bank, writes it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invoicing.domain.invoice.payment_reference import payment_reference
from payments.adapters.bank_files import read
from payments.adapters.bank_files.clues import named, references_in, words_in
from payments.adapters.bank_files.national_references import BARE, national_numbers
from payments.domain.bank.statement import CsvColumns, Entry, StatementFormat

from tests.parts.statements import Moved, camt, mt940

OURS = "RF3218D9097601036E2E"
PRINTED = "RF32 18D9 0976 0103 6E2E"


@pytest.mark.parametrize(
    "text",
    [
        OURS,
        PRINTED,
        f"{PRINTED} Danke",
        f"Rechnung {PRINTED}",
        f"Rechnung 17 vom 20.11. {PRINTED}, vielen Dank",
        PRINTED.lower(),
        "RF32 18D9 09\n76 0103 6E\n2E Danke",
        "RF32-18D9-0976-0103-6E2E",
        f"{OURS}Danke",
        f"Ref.{OURS}/Danke",
        f"/REMI/STRD/CUR/{OURS}/",
        f"RF45 {PRINTED}",
    ],
)
def test_our_reference_is_found_as_it_is_printed(text: str) -> None:
    assert references_in(text)[0] == OURS


WORDS = st.text(st.characters(codec="ascii", categories=["Lu", "Ll"]), min_size=1, max_size=12)


@given(
    number=st.text("ABC0123456789-/", min_size=1, max_size=12),
    sizes=st.lists(st.integers(1, 6), min_size=20, max_size=20),
    gap=st.sampled_from([" ", "\n", "-", "  ", ", "]),
    before=st.lists(WORDS, max_size=3),
    after=st.lists(WORDS, max_size=3),
    lower=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_a_reference_of_ours_is_found_in_whatever_groups_and_company(
    number: str, sizes: list[int], gap: str, before: list[str], after: list[str], lower: bool
) -> None:
    ours = payment_reference("clinic-1", number)
    groups, left = [], ours
    for size in sizes:
        groups.append(left[:size])
        left = left[size:]
    written = gap.join(group for group in [*groups, left] if group)
    text = " ".join([*before, written.lower() if lower else written, *after])
    assert ours in references_in(text)


def test_wrong_check_digits_are_not_mended() -> None:
    assert all(found.startswith("RF33") for found in references_in("RF33 18D9 0976 0103 6E2E"))


NUMBER = "2026000017"
"""Of an invoice, or a customer; each reference below is made of it."""


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("+++202/6000/01711+++", "DE"),
        ("***202/6000/01711***", "BE"),
        ("202600001711", "BE"),
        ("20260000176", "FI"),
        ("20 26000 0176", "FI"),
        ("00000000020260000176", "FI"),
        ("Viite: 20260000176", "DE"),
        ("viitenumber 20260000176", "EE"),
        ("20260000177", "NO"),
        ("KID 20260000177", "SE"),
        ("20260000177", "SE"),
        ("OCR-nr 202600001723", "DE"),
        ("SI12 0020260000175", "SI"),
        ("HR01 20260000175", "HR"),
        ("00 00000 00000 00002 02600 00174", "CH"),
        ("9000002026000017", "NL"),
        ("Betalingskenmerk 9000 0020 2600 0017", "DE"),
        ("/REMI/STRD/CUR/9000002026000017/", "NL"),
    ],
)
def test_the_number_in_a_structured_reference_of_a_country_is_found(written: str, country: str) -> None:
    assert national_numbers(written, (), country) == (NUMBER,)
    assert national_numbers(f"x {written}", (written,), country) == (NUMBER,)
    last = max(place for place, letter in enumerate(written) if letter in "0123456789")
    for digit in set("0123456789") - {written[last]}:
        wrong = f"{written[:last]}{digit}{written[last + 1 :]}"
        assert NUMBER not in national_numbers(wrong, (), country), "its check digits are not mended"


def test_a_norwegian_reference_has_its_check_digit_by_either_modulus() -> None:
    """Of 12345678: 2 by modulus 10, 5 by modulus 11, as each creditor has agreed with its bank."""
    found = {digit for digit in "0123456789" if national_numbers(f"KID 12345678{digit}", (), "NO") == ("12345678",)}
    assert found == {"2", "5"}


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("HR01 123456789", "12345678"),
        ("HR01 20260000280", "2026000028"),
        ("HR01 2026000023-0", "2026000023"),
        ("HR01 123456-1234566", "123456123456"),
    ],
)
def test_a_croatian_reference_has_0_where_the_remainder_is_0_or_1(written: str, number: str) -> None:
    assert national_numbers(written, (), "HR") == (number,)


@pytest.mark.parametrize("written", ["20260000177", "202600001711", "9000002026000017", "Kunde 20260000177"])
def test_bare_digits_are_a_reference_only_by_themselves_and_in_their_country(written: str) -> None:
    assert national_numbers(written, (), "DE") == ()
    assert all(national_numbers(f"Kunde {written}", (), country) == () for country in BARE)


def test_a_national_reference_is_found_in_every_format_and_ours_stays_the_first(tmp_path: Path) -> None:
    file = tmp_path / "statement"
    text = f"{PRINTED} +++202/6000/01711+++"
    columns = CsvColumns(account="BE68539007547034", currency="EUR", booked_on="d", amount="a", text="t")
    rows = f"d,a,t\n2026-11-20,5.00,{text}\n"
    written: dict[StatementFormat, bytes] = {
        "camt.053": camt([Moved(500, text)]),
        "mt940": mt940([Moved(500, text)]),
        "csv": rows.encode(),
    }
    for format_, content in written.items():
        file.write_bytes(content)
        [entry] = [item for item in read(format_, file, columns) if isinstance(item, Entry)]
        assert (entry.references[0], NUMBER in entry.words) == (OURS, True), format_


PLACEHOLDERS = ["NONREF", "NOTPROVIDED", "Not Provided", "NOREF", "n/a", "NONE", "NOTAVAILABLE", "000000", "-", "XXXX"]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_no_reference(text: str) -> None:
    assert named(text) is None


@pytest.mark.parametrize("text", ["NONREF1", "E2E-1", "0001", "Xaver 12", "NATALIE"])
def test_what_says_something_is_a_reference(text: str) -> None:
    assert named(text) == text


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_in_no_field_of_an_entry(tmp_path: Path, text: str) -> None:
    file = tmp_path / "statement"
    move = Moved(500, text, end_to_end=text, bank_reference=text)
    columns = CsvColumns(
        account="DE02120300000000202051",
        currency="EUR",
        booked_on="d",
        amount="a",
        text="t",
        bank_reference="b",
        end_to_end_id="e",
    )
    rows = f"d,a,t,b,e\n2026-11-20,5.00,{text},{text},{text}\n"
    written: dict[StatementFormat, bytes] = {"camt.053": camt([move]), "mt940": mt940([move]), "csv": rows.encode()}
    for format_, content in written.items():
        file.write_bytes(content)
        [entry] = [item for item in read(format_, file, columns) if isinstance(item, Entry)]
        assert (entry.bank_reference, entry.end_to_end_id, entry.text) == (None, None, "")


def test_a_number_is_found_between_strokes_and_with_strokes_of_its_own() -> None:
    assert "B2026000001" in words_in("/REMI/USTD//B-2026-000001/")
    assert "B2026000001" in words_in("B/2026/000001")


@pytest.mark.parametrize(
    "written",
    [
        "Nr.B-2026-000001",
        "RE#B-2026-000001 Danke",
        "RechnungB-2026-000001",
        "B-2026-000001vom 20.11.",
        "B-2026-000001&B-2026-000002",
        "Rechn.=B-2026-000001",
        f"{'viele Worte ' * 60}B-2026-000001",
    ],
)
def test_a_number_is_found_with_words_written_to_it(written: str) -> None:
    assert "B2026000001" in words_in(written)


def test_no_part_of_another_number_is_taken_for_a_number() -> None:
    assert "2026000001" not in words_in("CN-2026-000001")
    assert "000001" not in words_in("B-2026-000001")


@pytest.mark.parametrize(
    "written",
    ["NOTPROVIDED NOTPROVIDED", "nicht angegeben", "N.V.T.", "Sans référence", "sin referencia", "nie podano", "-", ""],
)
def test_that_there_is_no_reference_is_said_in_many_languages(written: str) -> None:
    assert named(written) is None


@pytest.mark.parametrize("body", ["1", "0", "Z9", "539007547034", "61EB3C89885CB80", "ZZZZZZZZZZZZZZZZZZZZZ"])
def test_of_all_check_digits_one_pair_is_right(body: str) -> None:
    """ISO 7064, MOD 97-10: the whole number, letters as two digits, leaves 1. 00, 01 and 99 are never made."""
    right = [check for check in range(2, 99) if int("".join(str(int(c, 36)) for c in f"{body}RF{check:02d}")) % 97 == 1]
    found = [check for check in range(2, 99) if f"RF{check:02d}{body}" in references_in(f"RF{check:02d}{body}")]
    assert found == right
    assert len(right) == 1
