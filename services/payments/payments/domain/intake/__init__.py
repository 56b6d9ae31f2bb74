"""Money that is taken and given back: payments, their states, refunds."""
