"""Insurers' plans, and the split of an invoice between insurer and patient."""
