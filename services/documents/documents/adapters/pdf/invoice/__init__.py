"""The invoice on paper: what is on it, and how it is laid out."""
