"""The closings of registers as somebody from outside reads them: what happened, by which rules, with which VAT."""
