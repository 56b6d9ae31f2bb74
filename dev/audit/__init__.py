"""Whether the books balance: everything that the services tell, held against each other."""
