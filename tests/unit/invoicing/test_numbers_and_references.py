"""Invoice numbers: what a format may look like, and what it makes of the year and the sequence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.clinics.number_format import NUMBER_FORMAT, fault_of, invoice_number, may_be_equal
from invoicing.domain.invoice.payment_reference import payment_reference
from stdnum import iso11649

FORMATS = [NUMBER_FORMAT, "{yyyy}/{seq}", "INV-{seq:04d}-{yyyy}", "{clinic}{yyyy}{seq:09d}"]


@pytest.mark.parametrize(
    ("format_", "number"),
    [
        (NUMBER_FORMAT, "clinic-berlin-2026-000042"),
        ("{yyyy}/{seq}", "2026/42"),
        ("RE {seq:03d} of {yyyy}", "RE 042 of 2026"),
        ("{yyyy}{seq:01d}", "202642"),
    ],
)
def test_placeholders_are_replaced(format_: str, number: str) -> None:
    assert fault_of(format_) is None
    assert invoice_number(format_, "clinic-berlin", 2026, 42) == number


def test_a_sequence_that_outgrows_its_width_is_not_cut() -> None:
    assert invoice_number("{yyyy}-{seq:03d}", "c", 2026, 12_345) == "2026-12345"


@pytest.mark.parametrize(
    "format_",
    [
        "",
        "{yyyy}",
        "{seq:06d}",
        "{seq}{seq}{yyyy}",
        "{yyyy}{yyyy}{seq}",
        "{yyyy}-{seq}-{month}",
        "{yyyy}-{seq}}",
        "{yyyy}-{seq:6d}",
        "{yyyy}-{seq:010d}",
        "{yyyy!r}-{seq}",
        "{yyyy}-{seq.real}",
        "{0}-{yyyy}-{seq}",
        "=1+{yyyy}{seq}",
        "@{yyyy}-{seq}",
        "-{yyyy}-{seq}",
        " {yyyy}-{seq}",
        "{yyyy}-{seq} ",
        "{yyyy}\n{seq}",
        "{yyyy}-{seq}\n",
        "{yyyy}\t{seq}",
        "{yyyy};{seq}",
        '"{yyyy}{seq}',
        "{yyyy}:{seq}",
        "R\u202e{yyyy}{seq}",
        "\u0660{yyyy}{seq}",
        "{yyyy}{seq}" + "x" * 100,
    ],
)
def test_a_format_without_year_and_sequence_once_each_or_with_other_braces_is_none(format_: str) -> None:
    assert fault_of(format_)


@pytest.mark.parametrize(
    ("format_", "fault"),
    [
        ("{yyyy}-{seq}-{month}", "braces at character 14"),
        ("{seq}", "takes {yyyy} once, and has it 0 times"),
        ("{yyyy}/{seq}{seq:03d}", "takes {seq} once, and has it 2 times"),
        ("R;{yyyy}{seq}", "character 2 is another"),
        ("/{yyyy}{seq}", "begins with"),
    ],
)
def test_what_is_wrong_with_a_format_is_said(format_: str, fault: str) -> None:
    assert fault in str(fault_of(format_))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{yyyy}-{seq}", "{yyyy}-{seq:06d}"),
        ("{yyyy}-{seq}", "{yyyy}-1{seq}"),
        ("{yyyy}{seq}", "{seq}{yyyy}"),
        ("2026-{yyyy}{seq}", "{yyyy}-{seq}"),
        ("{clinic}-{yyyy}-{seq}", "7-{yyyy}-{seq:03d}"),
        ("{yyyy}-{clinic}{seq}", "{yyyy}-{seq}"),
    ],
)
def test_formats_that_can_make_the_same_number_are_known(one: str, other: str) -> None:
    assert may_be_equal(one, other, "7")
    assert may_be_equal(other, one, "7")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{clinic}-{yyyy}-{seq:06d}", "{clinic}-CN-{yyyy}-{seq:06d}"),
        ("1{yyyy}{seq:06d}", "2{yyyy}{seq:06d}"),
        ("{yyyy}-{seq}", "{yyyy}/{seq}"),
        ("R{yyyy}/{seq}", "G{yyyy}/{seq}"),
        ("{yyyy}-{seq}", "{yyyy}-{seq}-C"),
    ],
)
def test_formats_that_never_do_are_taken(one: str, other: str) -> None:
    assert not may_be_equal(one, other, "clinic-berlin")


PIECES = st.lists(st.sampled_from(["{clinic}", "-", "1", "2", "A", ""]), max_size=2).map("".join)


@st.composite
def any_format(draw: st.DrawFn) -> str:
    year, seq = draw(st.permutations(["{yyyy}", draw(st.sampled_from(["{seq}", "{seq:02d}"]))]))
    return draw(PIECES) + year + draw(PIECES) + seq + draw(PIECES)


NUMBERED = st.tuples(st.sampled_from([2021, 2026]), st.integers(1, 300))


@given(any_format(), any_format(), st.sampled_from(["7", "c"]), NUMBERED, NUMBERED)
def test_no_two_formats_make_a_number_that_they_were_said_never_to(
    one: str, other: str, clinic: str, first: tuple[int, int], second: tuple[int, int]
) -> None:
    if not may_be_equal(one, other, clinic):
        assert invoice_number(one, clinic, *first) != invoice_number(other, clinic, *second)


@given(st.sampled_from(FORMATS), *[st.tuples(st.integers(2000, 2099), st.integers(1, 999))] * 2)
def test_numbers_of_a_clinic_are_never_the_same_twice(
    format_: str, one: tuple[int, int], other: tuple[int, int]
) -> None:
    numbers = [invoice_number(format_, "clinic-berlin", *which) for which in (one, other)]
    assert (numbers[0] == numbers[1]) == (one == other)


@given(st.text("{}abc:06dseqy", max_size=20) | st.text(max_size=20))
def test_no_text_breaks_the_check_and_what_passes_can_be_used(format_: str) -> None:
    if fault_of(format_) is None:
        number = invoice_number(format_, "clinic-berlin", 2026, 7)
        assert "2026" in number
        assert "7" in number


@given(clinic=st.text(min_size=1, max_size=40), number=st.text(min_size=1, max_size=60))
def test_every_number_has_a_valid_creditor_reference(clinic: str, number: str) -> None:
    assert iso11649.is_valid(payment_reference(clinic, number))


def test_references_of_a_clinic_and_of_its_neighbour_are_all_different() -> None:
    references = {payment_reference(f"clinic-{c}", f"2026-{n:06d}") for c in range(2) for n in range(20_000)}
    assert len(references) == 40_000
