"""Registers, and the cash that waits for their next day."""
