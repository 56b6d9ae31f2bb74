"""Sums of a closing (Kassenabschlussmodul, section 3.3 of the specification)."""

from cash_register.adapters.dsfinvk.columns import VAT_KEY, Number, Table, Text

BUSINESS_CASES = Table(
    "businesscases.csv",
    "Z_GV_Typ",
    (
        Text("GV_TYP", 30, "Typ der Geschäftsvorfall-Art"),
        Text("GV_NAME", 40, "Name der Geschäftsvorfall-Art"),
        Number("AGENTUR_ID", 0, "ID der Agentur"),
        VAT_KEY,
        Number("Z_UMS_BRUTTO", 5, "Bruttoumsatz"),
        Number("Z_UMS_NETTO", 5, "Nettoumsatz"),
        Number("Z_UST", 5, "Umsatzsteuer"),
    ),
)
PAYMENTS = Table(
    "payment.csv",
    "Z_Zahlart",
    (
        Text("ZAHLART_TYP", 25, "Typ der Zahlart"),
        Text("ZAHLART_NAME", 60, "Name der Zahlart"),
        Number("Z_ZAHLART_BETRAG", 2, "Betrag"),
    ),
)
CASH_PER_CURRENCY = Table(
    "cash_per_currency.csv",
    "Z_Waehrungen",
    (Text("ZAHLART_WAEH", 3, "Währung"), Number("ZAHLART_BETRAG_WAEH", 2, "Betrag")),
)
