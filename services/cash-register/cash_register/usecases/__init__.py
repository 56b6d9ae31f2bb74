"""One file for each thing the service does: load, decide, save."""
