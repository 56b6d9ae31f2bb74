"""Discount policies, their application to lines, and the limits of who grants them."""
