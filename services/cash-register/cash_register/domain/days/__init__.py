"""A register's day and the cash that moves on it."""
