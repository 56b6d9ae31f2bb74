"""The submission to an insurer on paper."""
