"""Mail: words, message, and the mail server."""
