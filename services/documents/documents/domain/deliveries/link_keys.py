"""Keys that links are signed with, as the settings give them."""

import base64
import binascii

LEAST_BYTES = 32
"""RFC 7518, 3.2: as long as the hash."""


def keys_of(text: str) -> dict[str, bytes]:
    """Of `kid:base64url`, more of them separated by commas, in their order. Raises ValueError, which tells no key."""
    keys: dict[str, bytes] = {}
    for each in text.split(","):
        kid, _, secret = each.strip().partition(":")
        raw = _decoded(secret)
        if not kid or not kid.isascii() or not kid.isprintable() or len(raw) < LEAST_BYTES:
            raise ValueError(f"each needs an id, and {LEAST_BYTES} bytes or more")
        if kid in keys:
            raise ValueError("has an id twice")
        keys[kid] = raw
    return keys


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("has a key that is not base64url") from None
