"""A day's settlement."""
