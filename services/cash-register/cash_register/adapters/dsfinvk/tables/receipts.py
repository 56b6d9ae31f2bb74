"""What happened, receipt by receipt (Einzelaufzeichnungsmodul, section 3.1 of the specification)."""

from cash_register.adapters.dsfinvk.columns import LINE, RECEIPT, VAT_KEY, Key, Number, Table, Text, money

RECEIPTS = Table(
    "transactions.csv",
    "Bonkopf",
    (
        RECEIPT,
        Number("BON_NR", 0, "Bonnummer"),
        Text("BON_TYP", 30, "Bontyp"),
        Text("BON_NAME", 60, "Zusatz-Beschreibung zum Bontyp"),
        Key("TERMINAL_ID", 50, "ID des Erfassungsterminals"),
        Text("BON_STORNO", 1, "Storno-Kennzeichen"),
        Text("BON_START", 30, "Zeitpunkt des Vorgangsstarts"),
        Text("BON_ENDE", 30, "Zeitpunkt der Vorgangsbeendigung"),
        Key("BEDIENER_ID", 50, "Bediener-ID"),
        Text("BEDIENER_NAME", 50, "Bediener-Name"),
        Number("UMS_BRUTTO", 2, "Brutto-Gesamtumsatz"),
        Text("KUNDE_NAME", 50, "Name des Leistungsempfängers"),
        Key("KUNDE_ID", 50, "Kundennummer des Leistungsempfängers"),
        Text("KUNDE_TYP", 50, "Art des Leistungsempfängers (z. B. Mitarbeiter)"),
        Text("KUNDE_STRASSE", 60, "Straße und Hausnummer des Leistungsempfängers"),
        Text("KUNDE_PLZ", 10, "PLZ des Leistungsempfängers"),
        Text("KUNDE_ORT", 62, "Ort des Leistungsempfängers"),
        Text("KUNDE_LAND", 3, "Land des Leistungsempfängers"),
        Text("KUNDE_USTID", 15, "UStID des Leistungsempfängers"),
        Text("BON_NOTIZ", 255, "Zusätzliche Informationen zum Bonkopf"),
    ),
)
RECEIPT_PAYMENTS = Table(
    "datapayment.csv",
    "Bonkopf_Zahlarten",
    (
        RECEIPT,
        Text("ZAHLART_TYP", 25, "Typ der Zahlart"),
        Text("ZAHLART_NAME", 60, "Name der Zahlart"),
        Text("ZAHLWAEH_CODE", 3, "Währungscode"),
        Number("ZAHLWAEH_BETRAG", 2, "Betrag in Fremdwährung"),
        Number("BASISWAEH_BETRAG", 2, "Betrag in Basiswährung (i.d.R. EUR)"),
    ),
)
LINES = Table(
    "lines.csv",
    "Bonpos",
    (
        RECEIPT,
        LINE,
        Text("GUTSCHEIN_NR", 50, "Gutschein-Nr."),
        Text("ARTIKELTEXT", 255, "Artikeltext"),
        Key("POS_TERMINAL_ID", 50, "ID des Positions-Terminals"),
        Text("GV_TYP", 30, "Geschäftsvorfall-Art"),
        Text("GV_NAME", 40, "Zusatz zu der Geschäftsvorfall-Art"),
        Text("INHAUS", 1, "Verzehr an Ort und Stelle"),
        Text("P_STORNO", 1, "Positionsstorno-Kennzeichnung"),
        Number("AGENTUR_ID", 0, "ID der Agentur"),
        Text("ART_NR", 50, "Artikelnummer"),
        Text("GTIN", 50, "GTIN"),
        Text("WARENGR_ID", 40, "Warengruppen-ID"),
        Text("WARENGR", 50, "Bezeichnung Warengruppe"),
        Number("MENGE", 3, "Menge"),
        Number("FAKTOR", 3, "Faktor, z. B. Gebindegrößen"),
        Text("EINHEIT", 50, "Maßeinheit, z. B. kg, Liter oder Stück"),
        Number("STK_BR", 5, "Preis pro Einheit inkl. USt"),
    ),
)
ITEM_AMOUNTS = Table(
    "itemamounts.csv",
    "Bonpos_Preisfindung",
    (RECEIPT, LINE, Text("TYP", 20, "Basispreis, Rabatt oder Zuschlag"), VAT_KEY, *money("PF")),
)
SUB_ITEMS = Table(
    "subitems.csv",
    "Bonpos_Zusatzinfo",
    (
        RECEIPT,
        LINE,
        Text("ZI_ART_NR", 50, "Artikelnummer"),
        Text("ZI_GTIN", 50, "GTIN"),
        Text("ZI_NAME", 60, "Artikelbezeichnung"),
        Text("ZI_WARENGR_ID", 40, "Warengruppen-ID"),
        Text("ZI_WARENGR", 50, "Bezeichnung Warengruppe"),
        Number("ZI_MENGE", 3, "Menge"),
        Number("ZI_FAKTOR", 3, "Faktor, z. B. Gebindegrößen"),
        Text("ZI_EINHEIT", 50, "Maßeinheit, z. B. kg, Liter oder Stück"),
        Number("ZI_UST_SCHLUESSEL", 0, "ID USt-Satz des Basispreises"),
        *money("ZI_BASISPREIS"),
    ),
)
TSE_TRANSACTIONS = Table(
    "transactions_tse.csv",
    "TSE_Transaktionen",
    (
        RECEIPT,
        Number("TSE_ID", 0, "ID der für die Transaktion verwendeten TSE"),
        Number("TSE_TANR", 0, "Transaktionsnummer der TSE-Transaktion"),
        Text("TSE_TA_START", 30, "Log-Time der StartTransaction-Operation"),
        Text("TSE_TA_ENDE", 30, "Log-Time der FinishTransaction-Operation"),
        Text("TSE_TA_VORGANGSART", 30, "processType der FinishTransaction-Operation"),
        Number("TSE_TA_SIGZ", 0, "Signaturzähler der FinishTransaction-Operation"),
        Text("TSE_TA_SIG", 512, "Signatur der FinishTransaction-Operation"),
        Text("TSE_TA_FEHLER", 200, "Beschreibung des TSE-Ausfalls oder Fehlers"),
        Text("TSE_VORGANGSDATEN", 1000, "An die TSE übergebene Daten des Vorgangs (optional)"),
    ),
)
RECEIPT_VAT = Table("transactions_vat.csv", "Bonkopf_USt", (RECEIPT, VAT_KEY, *money("BON")))
LINE_VAT = Table("lines_vat.csv", "Bonpos_USt", (RECEIPT, LINE, VAT_KEY, *money("POS")))
ALLOCATION_GROUPS = Table(
    "allocation_groups.csv", "Bonkopf_AbrKreis", (RECEIPT, Key("ABRECHNUNGSKREIS", 50, "z. B. Tischnummer"))
)
REFERENCES = Table(
    "references.csv",
    "Bon_Referenzen",
    (
        RECEIPT,
        LINE,
        Text("REF_TYP", 20, "Art der Referenz"),
        Text("REF_NAME", 40, "Beschreibung bei Art „ExterneSonstige“"),
        Text("REF_DATUM", 30, "Zeitpunkt des Kassenabschlusses, auf den referenziert wird"),
        Key("REF_Z_KASSE_ID", 50, "ID der (Abschluss-) Kasse, auf die referenziert wird"),
        Number("REF_Z_NR", 0, "Nr. des Kassenabschlusses, auf den referenziert wird"),
        Key("REF_BON_ID", 40, "Vorgangs-ID, auf die referenziert wird"),
    ),
)
