"""Text as XML may have it."""

import re
import unicodedata

# What XML 1.0 has no place for (section 2.2), and the marks that turn the direction of what follows.
_NOT_IN_XML = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\ufeff\ufffe\uffff\ud800-\udfff]+")
_TURNING = re.compile("[\u061c\u200e\u200f\u2066-\u2069]+")


def clean(text: str | None) -> str | None:
    """On one line, composed (NFC); None for nothing, since an empty element is none (PEPPOL-EN16931-R008)."""
    kept = " ".join(unicodedata.normalize("NFC", _NOT_IN_XML.sub(" ", _TURNING.sub("", text or ""))).split())
    return kept or None
