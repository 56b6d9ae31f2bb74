"""The documents service on a real broker, database and mail server."""
