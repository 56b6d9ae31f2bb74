"""What of invoicing is under revision."""

from chassis.journal.journal import Journal

JOURNAL = Journal(
    plain={"inv": "invoices", "crn": "credit_notes"},
    others=("clinics", "price_lists", "discount_policies", "families"),
)
