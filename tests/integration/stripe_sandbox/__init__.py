"""The Stripe sandbox, spoken to with Stripe's own library."""
