"""Cards on file: kept, and charged for what falls due."""
