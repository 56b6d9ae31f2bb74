"""HTTP in: routes map a request to a command and delegate."""
