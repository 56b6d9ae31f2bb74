"""Files for a bookkeeper: what moved as a journal, as double entries, and as DATEV reads it."""
