"""Receipts are signed by a device."""
