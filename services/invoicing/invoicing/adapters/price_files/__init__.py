"""Price lists as CSV (RFC 4180), as a spreadsheet reads and writes it."""

from invoicing.adapters.price_files.reading import PriceFileInvalid, RowFault, charset_of, read
from invoicing.adapters.price_files.writing import write

__all__ = ["PriceFileInvalid", "RowFault", "charset_of", "read", "write"]
