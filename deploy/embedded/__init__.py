"""The outside world on one machine with nothing installed: each part is a child process of its own."""
