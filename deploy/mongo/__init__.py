"""What a MongoDB deployment needs before the services may use it."""
