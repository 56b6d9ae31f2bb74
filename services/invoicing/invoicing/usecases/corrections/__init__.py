"""What people decide about proposals."""
