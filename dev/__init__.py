"""Chairside on your machine: its parts, a Stripe sandbox, a morning at a clinic, and the audit of its books."""
