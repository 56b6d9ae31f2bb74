"""Letters about an invoice on paper: reminders, and the instalment plan."""
