"""Kafka, FastStream and the outbox: nothing lost, nothing twice."""
