"""Identifiers: time-ordered for new things, derived for things that must exist once."""

import hashlib
import secrets
import time


def new_id(prefix: str) -> str:
    """`<prefix>_<32 hex digits>`: 48 bits of milliseconds, then 80 random bits, so ids sort by age."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def derived_id(prefix: str, *parts: str) -> str:
    """The same parts always give the same id: the business key that makes a second attempt collide."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
    return f"{prefix}_{digest}"
