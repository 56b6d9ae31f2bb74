"""The world outside: price files."""
