"""What a signing device (TSE) is to sign of a day, and what it answered."""
