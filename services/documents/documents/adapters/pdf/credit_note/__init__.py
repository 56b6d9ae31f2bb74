"""The credit note on paper."""
