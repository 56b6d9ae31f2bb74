"""Payouts of Stripe are checked."""
