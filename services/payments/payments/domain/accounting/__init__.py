"""What moved, as a bookkeeper books it."""
