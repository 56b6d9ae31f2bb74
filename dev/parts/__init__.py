"""The outside world with nothing installed: each part is a child process of its own."""
