"""The world outside: PDF, the words of a document, SMTP."""
