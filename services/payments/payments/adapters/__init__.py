"""The world outside: Stripe, bank files, the calendar."""
