"""Card payments: what Stripe says of them, and what follows."""
