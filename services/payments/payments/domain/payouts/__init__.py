"""Stripe's payouts, held against the payments."""
