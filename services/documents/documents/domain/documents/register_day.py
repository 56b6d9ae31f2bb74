"""The report of a register's day: its source is the day, and closing it freezes it; so does its approval."""

import hashlib

FORMER: frozenset[str] = frozenset(
    {
        "day_id",
        "clinic_id",
        "register_id",
        "date",
        "currency",
        "opening",
        "cash_in",
        "cash_out",
        "expected",
        "counted",
        "variance",
        "variance_reason",
        "movement_count",
        "late_count",
        "opened_at",
        "closed_at",
        "closed_by",
        "approved_at",
        "approved_by",
    }
)
"""What was printed before Z reports had a number."""
PRINTED = FORMER | {
    "opening_counted",
    "opening_variance",
    "opening_reason",
    "opening_approved_by",
    "opened_by",
    "closed_late",
    "counted_blind",
    "awaiting_approval",
    "denominations",
    "deposit",
    "left",
    "z_report",
}
"""All that is printed of a closed day."""


def content_of(printed: str) -> str:
    """Of what is printed, as JSON."""
    return hashlib.sha256(printed.encode()).hexdigest()
