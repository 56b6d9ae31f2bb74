"""The electronic invoices that there are of one invoice."""

from typing import Literal

Profile = Literal["en16931", "xrechnung"]
"""`en16931` is the invoice to the patient; `xrechnung` the one to a public payer, by the rules of Germany."""
Syntax = Literal["cii", "ubl"]
"""UN/CEFACT Cross Industry Invoice, or OASIS UBL 2.1: both are bindings of EN 16931."""
