"""Which locale a tag means, however it is written: one reading for the words, the formats, the mail and the page."""

import re
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.localedata import exists

DEFAULT = "en"
_SUBTAG = re.compile(r"[-_]")


@cache
def locale_of(tag: str | None) -> Locale:
    """By BCP 47 ("de-DE-u-co-phonebk") or as POSIX writes it ("de_DE.UTF-8"); English for one that nobody knows.

    Extensions and variants say nothing that a document shows. Of what is left the most exact that CLDR has is taken.
    """
    language, script, territory = _parts(tag or DEFAULT)
    language = get_global("language_aliases").get(language, language).split("_")[0]
    script = script or _usual_script(language, territory)
    for parts in ((language, script, territory), (language, territory), (language, script), (language,)):
        if all(parts) and exists(name := "_".join(part for part in parts if part)):
            return Locale.parse(name)
    return Locale.parse(DEFAULT)


def script_of(locale: Locale) -> str | None:
    """ISO 15924, of the locale or the one that its language is usually written in."""
    return str(locale.script) if locale.script else _usual_script(locale.language, locale.territory)


def _usual_script(language: str, territory: str | None) -> str | None:
    likely = get_global("likely_subtags")
    found = next((likely[tag] for tag in (f"{language}_{territory}", language) if tag in likely), "")
    return next((part for part in found.split("_") if len(part) == 4), None)


def _parts(tag: str) -> tuple[str, str | None, str | None]:
    """Language, script and territory (RFC 5646, 2.1), up to the first extension or private use."""
    language, *rest = _SUBTAG.split(tag.strip().partition(".")[0].partition("@")[0])
    script = territory = None
    for subtag in rest:
        if len(subtag) == 1:
            break
        if len(subtag) == 4 and subtag.isalpha():
            script = script or subtag.title()
        elif (len(subtag) == 2 and subtag.isalpha()) or (len(subtag) == 3 and subtag.isdigit()):
            territory = territory or subtag.upper()
    return language.lower(), script, territory
