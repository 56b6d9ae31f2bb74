"""Takes money for invoices: cash, bank transfers, cards."""
