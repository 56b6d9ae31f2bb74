"""What a session says later, held against what was drafted or billed of it."""
