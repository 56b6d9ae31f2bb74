"""Cards on file, and what they are charged for."""
