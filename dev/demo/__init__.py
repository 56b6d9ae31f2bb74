"""A morning at a clinic, played through the real topics and the real HTTP API."""
