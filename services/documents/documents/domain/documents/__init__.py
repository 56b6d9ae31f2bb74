"""Documents: what each kind shows, what freezes it, and what became of its file."""
