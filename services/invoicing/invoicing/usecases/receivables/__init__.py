"""Payments meet invoices."""
