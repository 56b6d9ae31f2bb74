"""What is done with a register's days."""
