"""What changed, when, by whom and why: revisions chained by their hashes, sealed by the day, and verified."""
