"""The wire agreement as code: topics, events and values. See `contracts.export` for what is generated from it."""
