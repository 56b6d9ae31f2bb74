"""What is told of the books to somebody outside."""
