#!/usr/bin/env bash
# dsfinvk 2.4.0 (files of DSFinV-K, the interface of the German tax offices to cash registers), Python 3.11.
#
# Expected: DSFinV-K says of a time that it is RFC 3339 with its offset, gives every text a longest length, wants every
# table in the archive, and describes them in an index.xml that names gdpdu-01-09-2004.dtd, which lies beside it.
# Seen: the offset of a local time is cut off, so that the hour which the clocks have twice is the same hour; a text of
# any length passes; a counter is written with separators (1.234), which a reader that does not know them takes for
# something else; a table without a record is left out; and the DTD is stored as gdpdu-01-08-2002.dtd, whatever the
# index names. No error, no warning.
#
# Chairside writes the archive itself (ADR 87), and only holds its tables and values against this package's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dsfinvk==2.4.0

cat > "$folder/ask.py" <<'PY'
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zipfile import ZipFile

from dsfinvk import models
from dsfinvk.collection import Collection

folder = Path(sys.argv[1])
index, dtd, archive = folder / "index.xml", folder / "gdpdu-01-09-2004.dtd", folder / "out.zip"
index.write_text('<!DOCTYPE DataSet SYSTEM "gdpdu-01-09-2004.dtd"><DataSet/>')
dtd.write_text("<!ELEMENT DataSet EMPTY>")

summer, winter = (timezone(timedelta(hours=hours)) for hours in (2, 1))
receipts = Collection()
for zone in (summer, winter):
    receipts.add(
        models.Bonkopf(
            Z_KASSE_ID="K" * 60, Z_NR=1234, BON_NR=1234567, BON_START=datetime(2026, 10, 25, 2, 30, tzinfo=zone)
        )
    )
receipts.write(archive, index, dtd)
with ZipFile(archive) as zip_:
    print(" ".join(sorted(zip_.namelist())))
    head, *rows = zip_.read("transactions.csv").decode().splitlines()
names = head.split(";")
first, second = (dict(zip(names, row.split(";"))) for row in rows)
print(f"length of Z_KASSE_ID, of at most 50: {len(first['Z_KASSE_ID'])}")
print(f"Z_NR 1234: {first['Z_NR']}")
print(f"02:30 in summer and in winter: {first['BON_START']} {second['BON_START']}")
PY
"$folder/venv/bin/python" "$folder/ask.py" "$folder" | tee "$folder/seen"

diff "$folder/seen" - <<'SEEN' && echo "as it was found"
gdpdu-01-08-2002.dtd index.xml transactions.csv
length of Z_KASSE_ID, of at most 50: 60
Z_NR 1234: 1.234
02:30 in summer and in winter: 2026-10-25T02:30:00 2026-10-25T02:30:00
SEEN
