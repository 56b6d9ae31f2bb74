"""Card payments: asked of Stripe, and followed until Stripe answered."""
