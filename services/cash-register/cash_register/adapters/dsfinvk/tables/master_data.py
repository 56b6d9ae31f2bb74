"""Who and what a closing is of (Stammdatenmodul, section 3.2 of the specification)."""

from cash_register.adapters.dsfinvk.columns import Key, Number, Table, Text, address

CLOSINGS = Table(
    "cashpointclosing.csv",
    "Stamm_Abschluss",
    (
        Text("Z_BUCHUNGSTAG", 25, "Vom Erstellungsdatum abweichender Verbuchungstag"),
        Text("TAXONOMIE_VERSION", 10, "Version der DFKA-Taxonomie-Kasse"),
        Key("Z_START_ID", 40, "Erste BON_ID im Abschluss"),
        Key("Z_ENDE_ID", 40, "Letzte BON_ID im Abschluss"),
        *address(
            "",
            Text("NAME", 60, "Name des Unternehmens"),
            Text("STNR", 20, "Steuernummer des Unternehmens"),
            Text("USTID", 15, "USTID"),
        ),
        Number("Z_SE_ZAHLUNGEN", 2, "Summe aller Zahlungen"),
        Number("Z_SE_BARZAHLUNGEN", 2, "Summe aller Barzahlungen"),
    ),
)
LOCATIONS = Table(
    "location.csv",
    "Stamm_Orte",
    address("LOC_", Text("LOC_NAME", 60, "Name des Standortes"), Text("LOC_USTID", 15, "USTID")),
)
REGISTERS = Table(
    "cashregister.csv",
    "Stamm_Kassen",
    (
        Text("KASSE_BRAND", 50, "Marke der Kasse"),
        Text("KASSE_MODELL", 50, "Modellbezeichnung"),
        Text("KASSE_SERIENNR", 70, "Seriennummer der Kasse"),
        Text("KASSE_SW_BRAND", 50, "Markenbezeichnung der Software"),
        Text("KASSE_SW_VERSION", 50, "Version der Software"),
        Text("KASSE_BASISWAEH_CODE", 3, "Basiswährung der Kasse"),
        Text("KEINE_UST_ZUORDNUNG", 1, "UmsatzsteuerNichtErmittelbar (bei späterem Zahlungseingang)"),
    ),
)
TERMINALS = Table(
    "slaves.csv",
    "Stamm_Terminals",
    (
        Key("TERMINAL_ID", 50, "ID des Terminals"),
        Text("TERMINAL_BRAND", 50, "Marke des Terminals"),
        Text("TERMINAL_MODELL", 50, "Modellbezeichnung des Terminals"),
        Text("TERMINAL_SERIENNR", 70, "Seriennummer des Terminals"),
        Text("TERMINAL_SW_BRAND", 50, "Markenbezeichnung der Software"),
        Text("TERMINAL_SW_VERSION", 50, "Version der Software"),
    ),
)
AGENCIES = Table(
    "pa.csv",
    "Stamm_Agenturen",
    (
        Number("AGENTUR_ID", 0, "ID der Agentur"),
        *address(
            "AGENTUR_",
            Text("AGENTUR_NAME", 60, "Name des Auftraggebers"),
            Text("AGENTUR_STNR", 20, "Steuernummer des Auftraggebers"),
            Text("AGENTUR_USTID", 15, "USTID des Auftraggebers"),
        ),
    ),
)
CERTIFICATE_PART = 1000
TSES = Table(
    "tse.csv",
    "Stamm_TSE",
    (
        Number("TSE_ID", 0, "ID der TSE - nur zur Referenzierung innerhalb eines Kassenabschlusses"),
        Text("TSE_SERIAL", 68, "Seriennummer der TSE: Hashwert ihres öffentlichen Schlüssels (TR-03153, 7.5)"),
        Text("TSE_SIG_ALGO", 21, "Der von der TSE verwendete Signaturalgorithmus"),
        Text("TSE_ZEITFORMAT", 31, "Das von der TSE verwendete Format für die Log-Time"),
        Text("TSE_PD_ENCODING", 5, "Text-Encoding der ProcessData (UTF-8 oder ASCII)"),
        Text("TSE_PUBLIC_KEY", 512, "Öffentlicher Schlüssel in base64-Codierung"),
        Text("TSE_ZERTIFIKAT_I", CERTIFICATE_PART, "Erste 1000 Zeichen des Zertifikats der TSE in base64-Codierung"),
        Text("TSE_ZERTIFIKAT_II", CERTIFICATE_PART, "Ggf. Rest des Zertifikats der TSE in base64-Codierung"),
    ),
)
VAT_RATES = Table(
    "vat.csv",
    "Stamm_USt",
    (
        Number("UST_SCHLUESSEL", 0, "ID des Umsatzsteuersatzes"),
        Number("UST_SATZ", 2, "Prozentsatz"),
        Text("UST_BESCHR", 55, "Beschreibung"),
    ),
)
