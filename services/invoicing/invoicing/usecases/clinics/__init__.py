"""What clinics set."""
