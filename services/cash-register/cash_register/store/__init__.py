"""Cash-register's own collections."""
