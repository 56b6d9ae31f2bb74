"""Who comes, who treats, and where."""
# ruff: noqa: RUF001 (these are the letters that the names are written with)

from datetime import date

from contracts.clinical import Coverage, Patient, Provider
from contracts.values import Address

CLINIC = "clinic-berlin"
CLINIC_PROFILE = {
    "name": "Zahnarztpraxis am Weinbergsweg",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "address": {"lines": ["Weinbergsweg 12"], "postal_code": "10119", "city": "Berlin", "country": "DE"},
    "tax_id": "DE123456788",
    "email": "praxis@example.org",
    "phone": "+49 30 901820",
    "bank_account": {
        "iban": "DE89370400440532013000",
        "bic": "COBADEFFXXX",
        "holder": "Zahnarztpraxis am Weinbergsweg",
    },
    "payment_terms_days": 14,
    "price_list_id": "prices-berlin",
}
PROVIDERS = (
    Provider(provider_id="doc-1", name="Dr. Ada Weiß", npi="1234567893"),
    Provider(provider_id="doc-2", name="Dr. Nguyễn Thị Ánh", npi="1245319599"),
    Provider(provider_id="doc-3", name="Zahnärztin Özlem Çağlar"),
)
_PAYERS = (("aok", "AOK Nordost"), ("tk", "Techniker Krankenkasse"), ("hallesche", "Hallesche"))

# Name, language tag, birthday, street, postal code, town, country.
_PEOPLE = (
    ("Łucja Øster", "de-DE", "1984-02-29", "Hauptstr. 1", "10115", "Berlin", "DE"),
    ("José Ángel Núñez", "es-ES", "1971-07-03", "Calle de Atocha 27", "28012", "Madrid", "ES"),
    ("Θεοδώρα Παπαδοπούλου", "el-GR", "1990-11-17", "Ερμού 15", "105 63", "Αθήνα", "GR"),
    ("Ирина Щукина", "de-DE", "1966-05-09", "Danziger Str. 101", "10405", "Berlin", "DE"),
    ("Jürgen Groß", "de-DE", "1958-12-24", "Kastanienallee 40", "10119", "Berlin", "DE"),
    ("Siobhán O’Brien", "en-IE", "1995-03-17", "12 Capel Street", "D01 F2C4", "Dublin", "IE"),
    ("Þórður Ægisson", "is-IS", "1979-06-17", "Laugavegur 8", "101", "Reykjavík", "IS"),
    ("Őze Ágnes", "hu-HU", "1988-08-20", "Váci utca 3", "1052", "Budapest", "HU"),
    ("Çağla Işık", "tr-TR", "2001-04-23", "Oranienstr. 190", "10999", "Berlin", "DE"),
    ("Ștefan Țurcanu", "ro-RO", "1976-01-24", "Strada Lipscani 9", "030031", "București", "RO"),
    ("Nguyễn Văn Đức", "vi-VN", "1983-09-02", "Dong-Xuan-Str. 2", "10365", "Berlin", "DE"),
    ("Zoë van der Ploeg", "nl-NL", "1999-04-27", "Prinsengracht 263", "1016 GV", "Amsterdam", "NL"),
    ("Håkon Sørli", "nb-NO", "1969-05-17", "Karl Johans gate 22", "0026", "Oslo", "NO"),
    ("Amélie Lefèvre-Noël", "fr-FR", "1992-07-14", "8 rue de l’Échiquier", "75010", "Paris", "FR"),
    ("Živa Čehovin", "sl-SI", "1987-06-25", "Trubarjeva 5", "1000", "Ljubljana", "SI"),
    ("Kristjan Jõgi", "et-EE", "1981-02-24", "Pikk 16", "10123", "Tallinn", "EE"),
    ("Giuseppe D’Amìco", "it-IT", "1963-06-02", "Via Etnea 44", "95124", "Catania", "IT"),
    ("Olena Ґалаґан", "uk-UA", "1997-08-24", "Torstr. 83", "10119", "Berlin", "DE"),
    ("Mário Gonçalves", "pt-PT", "1955-04-25", "Rua Augusta 101", "1100-048", "Lisboa", "PT"),
    ("Žofie Dvořáková", "cs-CZ", "2010-10-28", "Nerudova 12", "118 00", "Praha 1", "CZ"),
    ("Aino Hämäläinen", "fi-FI", "1974-12-06", "Mannerheimintie 3", "00100", "Helsinki", "FI"),
    ("Grace Adébáyọ̀", "en-GB", "1985-10-01", "Sonnenallee 67", "12045", "Berlin", "DE"),
    ("Rūta Žemaitė", "lt-LT", "1968-02-16", "Pilies g. 10", "01123", "Vilnius", "LT"),
    ("Bjørn Ångström", "sv-SE", "1972-06-06", "Storgatan 1", "753 31", "Uppsala", "SE"),
)


def _patient(number: int, person: tuple[str, str, str, str, str, str, str]) -> Patient:
    name, locale, born, street, postal_code, city, country = person
    payer_id, payer_name = _PAYERS[number % len(_PAYERS)]
    insured = Coverage(payer_id=payer_id, payer_name=payer_name, member_id=f"X{number:06d}", relationship="self")
    return Patient(
        patient_id=f"pat-{number:03d}",
        name=name,
        email=f"patient-{number:03d}@example.org",
        locale=locale,
        birth_date=date.fromisoformat(born),
        address=Address(lines=(street,), postal_code=postal_code, city=city, country=country),
        coverage=insured if number % 4 else None,
    )


PATIENTS = tuple(_patient(number, person) for number, person in enumerate(_PEOPLE, 1))
