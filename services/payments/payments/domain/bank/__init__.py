"""Bank statements: what they say, and which invoices the money is for."""
