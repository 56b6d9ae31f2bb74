"""Drafts: made of sessions, changed by people."""
