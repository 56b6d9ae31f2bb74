"""Statements are taken over, their transfers matched, by rules and by people."""
