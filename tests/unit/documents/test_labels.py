"""Words in every language: none is missing, none is guessed, and each says what the English one says."""

import re
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from documents.adapters.labels import END_ISOLATE, FOLDER, ISOLATE, labels, labels_of, languages, sources
from documents.adapters.locales import locale_of
from documents.adapters.pdf.parties import local_reader, reader_of

from dev.catalogues import template, written

CATALOGUES = sorted(languages() - {"en"})


def catalogue(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def blanks(text: str) -> list[str]:
    """What is filled in."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def forms_of(message: Message) -> tuple[list[str], list[str]]:
    """English and translated."""
    english, translated = message.id, message.string or ""
    return [english] if isinstance(english, str) else list(english), (
        [translated] if isinstance(translated, str) else list(translated)
    )


def test_there_are_words_in_seven_languages() -> None:
    assert languages() >= {"en", "de", "fr", "es", "pl", "uk", "ar"}


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_has_every_message_in_its_language_and_none_that_was_guessed(language: str) -> None:
    known = catalogue(language)
    for message in template():
        if not message.id:
            continue
        found = known.get(message.id, message.context)
        assert found is not None, f"python -m dev.catalogues takes it in: {message.context}"
        assert written(found), f"to be translated: {message.context}"
        assert not found.fuzzy


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_fills_in_what_the_english_words_do(language: str) -> None:
    for message in catalogue(language):
        english, translated = forms_of(message)
        if not message.id:
            continue
        for text in translated:
            # A form that means one number only need not say it: "one instalment".
            assert set(blanks(text)) | {"count"} == set(blanks(english[-1])) | {"count"}, message.context
            assert text.count("\n") == english[0].count("\n"), message.context


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("de", {1: "eine Rate", 2: "2 Raten", 21: "21 Raten"}),
        ("pl", {1: "1 ratę", 2: "2 raty", 5: "5 rat", 12: "12 rat", 22: "22 raty", 25: "25 rat", 112: "112 rat"}),
        ("uk", {1: "1 платіж", 3: "3 платежі", 5: "5 платежів", 11: "11 платежів", 21: "21 платіж", 22: "22 платежі"}),
        ("ar", {1: "قسط واحد", 2: "قسطين", 3: "3 أقساط", 11: "11 قسطًا", 99: "99 قسطًا"}),
        ("ar", {100: "100 قسط", 103: "103 أقساط", 111: "111 قسطًا"}),
    ],
)
def test_things_are_counted_as_the_language_counts(language: str, forms: dict[int, str]) -> None:
    for count, form in forms.items():
        said = labels(language).counted("plan_text", count)
        assert form in said.replace(ISOLATE, "").replace(END_ISOLATE, "")


def test_what_is_not_counted_has_no_plural() -> None:
    with pytest.raises(TypeError):
        labels("pl").counted("invoice", 2)


def test_from_right_to_left_what_is_filled_in_keeps_its_own_direction() -> None:
    said = labels("ar")["takes_back"].format(amount="1.00", number="2026-0042")
    assert f"{ISOLATE}2026-0042{END_ISOLATE}" in said
    assert ISOLATE not in labels("fr")["takes_back"].format(amount="1.00", number="2026-0042")


@pytest.mark.parametrize(
    ("tag", "language", "locale"),
    [
        ("de-DE-u-co-phonebk", "de", "de_DE"),
        ("DE_at", "de", "de_AT"),
        ("de-CH-1996", "de", "de_CH"),
        ("de_DE.UTF-8", "de", "de_DE"),
        ("pl-PL@currency=EUR", "pl", "pl_PL"),
        ("es-419", "es", "es_419"),
        ("fr-Latn-FR-x-private", "fr", "fr_FR"),
        ("ar-EG", "ar", "ar_EG"),
        ("zh-Hant", "en", "zh_Hant"),
        ("zh_TW", "en", "zh_Hant_TW"),
        ("iw-IL", "en", "he_IL"),
        ("x-klingon", "en", "en"),
        ("", "en", "en"),
        (None, "en", "en"),
    ],
)
def test_any_form_of_a_locale_means_one_language_for_mail_and_page(tag: str | None, language: str, locale: str) -> None:
    assert str(locale_of(tag)) == locale
    assert labels_of(tag).language == reader_of(tag, None).language == language


def test_the_clinics_own_papers_are_in_the_language_of_its_country() -> None:
    spoken = {
        "DE": "de",
        "CH": "de",
        "FR": "fr",
        "MX": "es",
        "UA": "uk",
        "PL": "pl",
        "SA": "ar",
        "IL": "en",
        "US": "en",
    }
    assert {home: local_reader(home).language for home in spoken} == spoken
    assert local_reader(None).language == local_reader("XK").language == "en"


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_tax_is_called_sales_tax_where_it_is_one(language: str) -> None:
    vat = re.compile(r"VAT|TVA|IVA|USt|Umsatzsteuer|ПДВ|القيمة المضافة")
    there = labels(language, "US")
    assert not [key for key in there if key.startswith(("tax_", "amount_inc", "price_inc")) and vat.search(there[key])]
    assert vat.search(labels(language)["tax_total"])


def test_every_country_has_words_that_there_are() -> None:
    for file in (FOLDER / "countries").glob("*.toml"):
        language, _, country = file.stem.partition("-")
        assert set(labels(language, country)) == {key for key, text in sources().items() if isinstance(text, str)} | {
            "language"
        }
