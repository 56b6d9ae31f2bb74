"""Patients are found by parts of their names: which words a name has, and what finds it."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invoicing.domain.patients.patient import Patient, latest, source_of
from invoicing.domain.patients.search import keys_of, search_of, words_of

from kernel.errors import BusinessError

AT = datetime(2026, 11, 20, 9, 45, tzinfo=UTC)
BORN = date(1984, 2, 29)


def patient(name: str = "Łucja Øster", at: datetime = AT, version: int = 1, session_id: str = "ses-1") -> Patient:
    return Patient("clinic-berlin", "pat-77", name, BORN, source_of(at, version, session_id))


def is_found(who: Patient, asked: str) -> bool:
    """As the store asks: each step that it may count leads to them, and their words fit."""
    words = words_of(who.name)
    search, keys = search_of(asked), set(keys_of(words, who.birth_date, who.patient_id))
    fits = re.search(search.pattern, "".join(f" {word}" for word in words)) is not None
    assert not fits or keys.issuperset(step for step in search.steps if step not in search.keys), "no key hides them"
    return fits and keys.issuperset(search.keys)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Łucja Øster", ["lucja", "oster"]),
        ("Anna-Lena WEIẞ d\u2019Étoile", ["anna", "lena", "weiss", "detoile"]),
        ("Sinéad O'Brien", ["sinead", "obrien"]),
        ("Æsa Þórsdóttir", ["aesa", "thorsdottir"]),
        ("Đặng Thị Hồng", ["dang", "thi", "hong"]),
        ("İpek I\u015f\u0131k", ["ipek", "isik"]),
        ("ΣΊΣΥΦΟΣ", ["σισυφοσ"]),
        ("\uff2a\uff4f\uff48\uff4e  (Jack)\tDoe, Jr.", ["john", "jack", "doe", "jr"]),
        ("محمد عليّ", ["محمد", "علي"]),
        ("अनिल कुमार", ["अनिल", "कुमार"]),
        ("\u2013 ? \u2013", []),
    ],
)
def test_words_have_no_case_no_marks_and_no_apostrophes(name: str, words: list[str]) -> None:
    assert list(words_of(name)) == words


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("øst", True),
        ("ster", True),
        ("ster ucj", True),
        ("OSTER LUCJA", True),
        ("o", True),
        ("lu os", True),
        ("Lucja-Oster", True),
        ("er", False),
        ("lucjaoster", False),
        ("oster anna", False),
        ("29.2.1984", True),
        ("1984-02-29 oster", True),
        ("1984-02-28 oster", False),
        ("pat-77", True),
        ("PAT-77 luc", True),
        ("pat-7", False),
        ("1984-02-30", False),
    ],
)
def test_all_that_is_asked_for_has_to_fit_in_any_order(asked: str, found: bool) -> None:
    assert is_found(patient(), asked) is found


def test_scripts_without_case_are_found_by_single_letters_within_a_word() -> None:
    assert all(is_found(patient("王小明"), asked) for asked in ("王", "小", "小明", "明", "王小明"))
    assert not is_found(patient("王小明"), "王明")
    assert is_found(patient("김철수"), "철수")


@pytest.mark.parametrize("asked", ["", " ", "--", "' ."])
def test_what_has_no_letter_and_no_digit_is_refused(asked: str) -> None:
    with pytest.raises(BusinessError) as refused:
        search_of(asked)
    assert (refused.value.code, refused.value.field) == ("nothing-to-find", "q")


NAMES = st.text(st.characters(exclude_categories=["Cs", "Nd", "No", "Nl"]), min_size=3, max_size=20)


@settings(max_examples=60, deadline=None)
@given(NAMES, st.data())
def test_any_three_letters_of_any_word_find_the_name(name: str, data: st.DataObject) -> None:
    who = patient(name)
    for word in words_of(name):
        assert words_of(word) == (word,), "a word is its own word"
        first = data.draw(st.integers(0, max(len(word) - 3, 0)))
        part = word[first : first + data.draw(st.integers(3, 20))]
        if not any(map(str.isdigit, part)):
            assert is_found(who, part)


def test_the_session_that_was_completed_last_names_the_patient_in_whichever_order_they_come() -> None:
    late = AT + timedelta(days=1)
    source = [
        patient("Łucja Øster"),
        patient("Łucja Oster", version=2),
        patient("Łucja Nowak", at=late, session_id="ses-2"),
        patient("Łucja Ostr", at=AT - timedelta(days=1), version=9, session_id="ses-0"),
    ]
    for order in permutations(source):
        assert latest(order) == {("clinic-berlin", "pat-77"): source[2]}
    assert latest(source[:2])["clinic-berlin", "pat-77"].name == "Łucja Oster"
