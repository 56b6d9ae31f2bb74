"""What of payments is under revision."""

from chassis.journal.journal import Journal

JOURNAL = Journal(
    plain={"pay": "payments", "btx": "bank_transactions"},
    others=("payment_settings", "cards_on_file", "card_charges"),
)
