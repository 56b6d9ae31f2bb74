"""The journal and the exports of a clinic's money, beside the settlement of the same day."""

import csv
import io
from datetime import UTC, datetime

from tests.integration.payments.desk import Desk, Json, body_of, code_of, money


def test_journal_and_bookings_of_a_day_sum_to_its_settlement(desk: Desk) -> None:
    desk.refund_limit(10_000)
    paid = body_of(desk.post("/payments", desk.transfer(3_000)), 201)["payment_id"]
    body_of(desk.manager.post("/payments", desk.transfer(700)), 201)
    body_of(desk.manager.refund(paid, 1_200), 201)
    today = datetime.now(UTC).date().isoformat()
    days = {"from": today, "to": today}
    clinic = f"/clinics/{desk.clinic}"
    settled = body_of(desk.get(f"{clinic}/reports/settlement", date=today), 200)

    journal = body_of(desk.get(f"{clinic}/reports/journal", **days), 200)
    nets = {row["user"]["actor_id"]: row["net"] for row in journal["days"]}
    assert nets == {row["user"]["actor_id"]: row["net"] for row in settled["by_user"]}
    assert sorted(entry["kind"] for entry in journal["entries"]) == ["received", "received", "refunded"]
    mine = body_of(desk.get(f"{clinic}/reports/journal", user="usr-front-desk", **days), 200)
    assert [(entry["amount"], entry["user"]["actor_id"]) for entry in mine["entries"]] == [
        (money(3_000), "usr-front-desk")
    ]
    file = desk.get(f"{clinic}/reports/journal", format="csv", **days)
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert sorted(row["amount"] for row in rows_of(file.text)) == ["-12.00", "30.00", "7.00"]

    entries = rows_of(desk.get(f"{clinic}/exports/bookings", **days).text)
    bank = [row for row in entries if row["account"] == "bank"]
    assert sum(minor(row["debit"]) - minor(row["credit"]) for row in bank) == 2_500

    assert code_of(desk.get(f"{clinic}/exports/datev", **days)) == "accounting-not-set"
    accounting = {"chart": "SKR03", "datev": {"consultant": 1001, "client": 7}}
    body_of(desk.manager.put(desk.settings_path, {"accounting": accounting}), 200)
    batch = desk.get(f"{clinic}/exports/datev", **days)
    assert batch.headers["content-disposition"] == f'attachment; filename="EXTF_Zahlungen_{today}_{today}.csv"'
    header, columns, *lines = csv.reader(io.StringIO(batch.content.decode("cp1252"), newline=""), delimiter=";")
    assert (header[0], header[10:12]) == ("EXTF", ["1001", "7"])
    sums = [(line[columns.index("Konto")], minor(line[0]) * (1 if line[1] == "S" else -1)) for line in lines]
    assert (sum(amount for _, amount in sums), {account for account, _ in sums}) == (2_500, {"1200"})
    assert code_of(desk.get(f"{clinic}/exports/bookings", **{"from": today, "to": "2020-01-01"})) == "period"


def rows_of(text: str) -> list[Json]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def minor(amount: str) -> int:
    return int(amount.replace(".", "").replace(",", "")) if amount else 0
