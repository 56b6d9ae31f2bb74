"""Cash-register: what is in the drawer, what should be, and who says so."""
