"""What is done with what registers say."""
