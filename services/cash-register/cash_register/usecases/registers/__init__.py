"""What is done with registers themselves."""
