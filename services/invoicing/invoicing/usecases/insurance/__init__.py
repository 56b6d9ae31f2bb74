"""The insurer's part."""
