"""Drafts: made of a session, and what people set on them."""
