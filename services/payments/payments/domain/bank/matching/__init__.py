"""Which invoices a transfer is for, and which transfer the bank takes back."""
