"""Documents: made of what was finalized, and fetched."""
