"""What the command line makes of files and keys, without a broker."""
