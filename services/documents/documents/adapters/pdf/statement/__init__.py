"""The statement of account on paper."""
