"""Deliveries: ordered by a person, done by a worker."""
