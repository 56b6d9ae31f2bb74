"""Whether everything that was done was billed."""
