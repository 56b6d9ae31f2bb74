"""The twenty tables of DSFinV-K 2.4, in the order of its `index.xml`."""

from collections.abc import Sequence

from cash_register.adapters.dsfinvk.columns import Table
from cash_register.adapters.dsfinvk.tables.closings import BUSINESS_CASES, CASH_PER_CURRENCY, PAYMENTS
from cash_register.adapters.dsfinvk.tables.master_data import (
    AGENCIES,
    CERTIFICATE_PART,
    CLOSINGS,
    LOCATIONS,
    REGISTERS,
    TERMINALS,
    TSES,
    VAT_RATES,
)
from cash_register.adapters.dsfinvk.tables.receipts import (
    ALLOCATION_GROUPS,
    ITEM_AMOUNTS,
    LINE_VAT,
    LINES,
    RECEIPT_PAYMENTS,
    RECEIPT_VAT,
    RECEIPTS,
    REFERENCES,
    SUB_ITEMS,
    TSE_TRANSACTIONS,
)

TABLES: Sequence[Table] = (
    *(CLOSINGS, LOCATIONS, REGISTERS, TERMINALS, AGENCIES, TSES, VAT_RATES),
    *(BUSINESS_CASES, PAYMENTS, CASH_PER_CURRENCY),
    *(RECEIPTS, RECEIPT_PAYMENTS, LINES, ITEM_AMOUNTS, SUB_ITEMS, TSE_TRANSACTIONS, RECEIPT_VAT, LINE_VAT),
    *(ALLOCATION_GROUPS, REFERENCES),
)

__all__ = [
    "AGENCIES",
    "ALLOCATION_GROUPS",
    "BUSINESS_CASES",
    "CASH_PER_CURRENCY",
    "CERTIFICATE_PART",
    "CLOSINGS",
    "ITEM_AMOUNTS",
    "LINES",
    "LINE_VAT",
    "LOCATIONS",
    "PAYMENTS",
    "RECEIPTS",
    "RECEIPT_PAYMENTS",
    "RECEIPT_VAT",
    "REFERENCES",
    "REGISTERS",
    "SUB_ITEMS",
    "TABLES",
    "TERMINALS",
    "TSES",
    "TSE_TRANSACTIONS",
    "VAT_RATES",
]
