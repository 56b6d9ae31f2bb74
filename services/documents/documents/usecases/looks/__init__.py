"""How a clinic's paper looks."""
