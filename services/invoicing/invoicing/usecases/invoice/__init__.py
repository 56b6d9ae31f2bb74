"""An issued invoice: finalized, credited, voided, archived."""
