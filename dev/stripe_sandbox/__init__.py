"""A stateful sandbox that speaks Stripe's HTTP API on this machine; see README.md."""
