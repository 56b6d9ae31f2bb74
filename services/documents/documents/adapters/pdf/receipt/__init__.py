"""The receipt on paper: a page, or the slip of a till's printer."""
