"""The report of a register's day on paper."""
