"""The documents service, a piece at a time."""
