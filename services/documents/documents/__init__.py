"""Invoices as PDF: rendered when they have a number, kept, served, mailed."""
