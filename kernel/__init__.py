"""Standard library only: all that a domain may import."""
