"""The one place that knows Stripe: its client, its objects, its errors, and what they mean to us."""

from payments.adapters.stripe.gateway import StripeGateway

__all__ = ["StripeGateway"]
