"""A clinic's journal, and what is exported of it."""

from payments.api.examples.settlement import SUMS
from payments.api.examples.values import CLINIC, EUR_50, FRONT_DESK, PAYMENT_ID, Json

JOURNAL: Json = {
    "clinic_id": CLINIC,
    "time_zone": "Europe/Berlin",
    "days": [{**SUMS, "date": "2026-11-20", "user": FRONT_DESK}],
    "entries": [
        {
            "date": "2026-11-20",
            "time": "11:05:00",
            "at": "2026-11-20T10:05:00Z",
            "user": FRONT_DESK,
            "kind": "received",
            "method": "cash",
            "amount": EUR_50,
            "payment_id": PAYMENT_ID,
            "receipt_number": "R-clinic-berlin-000107",
        }
    ],
}
JOURNAL_CSV = f"""\
date,time,user_id,user_name,role,kind,method,amount,currency,payment_id,receipt_number
2026-11-20,11:05:00,usr-12,Mara Lindt,front_desk,received,cash,50.00,EUR,{PAYMENT_ID},R-clinic-berlin-000107
"""
ENTRIES_CSV = f"""\
entry,date,account,debit,credit,currency,document,kind,payment_id
1,2026-11-20,1000,50.00,,EUR,R-clinic-berlin-000107,received,{PAYMENT_ID}
1,2026-11-20,1410,,50.00,EUR,R-clinic-berlin-000107,received,{PAYMENT_ID}
"""
