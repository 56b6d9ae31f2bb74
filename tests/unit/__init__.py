"""Nothing but our own code."""
