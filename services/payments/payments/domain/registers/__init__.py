"""What registers say of the cash that payments took, and of what they brought to the bank."""
