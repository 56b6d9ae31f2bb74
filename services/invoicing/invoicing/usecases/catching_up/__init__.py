"""What an update does once to what was stored before it."""
