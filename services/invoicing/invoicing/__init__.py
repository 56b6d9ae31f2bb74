"""Invoicing: completed sessions become invoices, invoices become paid, accounts keep their balance."""
