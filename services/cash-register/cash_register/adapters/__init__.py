"""The world outside: what a tax inspector reads, and the device that signs receipts."""
