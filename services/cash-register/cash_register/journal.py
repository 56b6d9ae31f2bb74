"""What of cash-register is under revision: days, movements, registers, and what clinics decided about them."""

from chassis.journal.journal import Journal

JOURNAL = Journal(
    plain={"day": "days", "mov": "movements"},
    others=("registers", "register_settings", "takings", "reckonings", "signatures"),
    once=("movements", "takings", "reckonings", "signatures"),
)
