"""Price lists, and which of them has the price."""
