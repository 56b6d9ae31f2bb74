"""The compose file brought up for real: one day end to end, then scaling and restarts under load."""
