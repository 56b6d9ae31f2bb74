"""Texts in a CSV file of ours that no spreadsheet takes for a formula (OWASP, "CSV Injection").

A spreadsheet separates a file as its own language does, not as we wrote it: with a semicolon a cell may begin in the
middle of one of ours, and a quotation mark there opens nothing. So a text is guarded wherever a cell may begin.
"""

import re

_STARTS = "[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_BEGINS = '(?:\\A|(?<=[,;|\t\r\n"]))'
_RISKY = re.compile(f"{_BEGINS}(?='?{_STARTS}|'')")
_GUARDED = re.compile(f"{_BEGINS}'(?='|{_STARTS})")


def guarded(text: str) -> str:
    """The text, with an apostrophe before all in it that might begin a formula."""
    return _RISKY.sub("'", text)


def unguarded(text: str) -> str:
    """The text that was guarded; any other is as it was."""
    return _GUARDED.sub("", text)
