"""The real parts that tests stand on: embedded by default, others by environment variable."""
