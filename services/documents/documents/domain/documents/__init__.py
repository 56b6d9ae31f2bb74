"""A document: the file made of one invoice."""
