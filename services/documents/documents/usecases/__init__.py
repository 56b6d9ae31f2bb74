"""One file for each thing the service does."""
