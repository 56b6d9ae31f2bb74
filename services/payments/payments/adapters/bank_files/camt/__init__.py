"""camt.053, the statement of ISO 20022."""
