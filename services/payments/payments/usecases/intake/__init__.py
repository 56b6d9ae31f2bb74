"""Money is taken and given back."""
