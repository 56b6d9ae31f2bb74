"""The page for newcomers is true: its commands, run as they stand there, take an empty clinic to a closed till."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.started import started

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "first-day.md"
MOST_LINES = 40
pytestmark = pytest.mark.skipif(
    shutil.which("jq") is None or shutil.which("curl") is None, reason="the page is written for curl and jq"
)


def commands() -> str:
    return "".join(re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S))


def test_the_page_takes_a_clinic_from_nothing_to_a_closed_till(tmp_path: Path) -> None:
    endpoints = tmp_path / "run" / "endpoints.json"
    with started("run", "--dir", str(tmp_path), "--sessions", "8") as run:
        run.until(endpoints.exists)
        kafka = json.loads(endpoints.read_text())["kafka"]
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f'{commands()}\nls -s "/tmp/$CLINIC.pdf"; rm "/tmp/$CLINIC".*'],
            cwd=REPOSITORY,
            env={**os.environ, "ENDPOINTS": str(endpoints), "CHAIRSIDE_KAFKA": kafka, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\S+ 11820 EUR$", done.stdout, re.M)
    assert '"amount_minor": 180' in done.stdout  # the change
    assert '"status": "closed"' in done.stdout
    assert '"amount_minor": 0' in done.stdout  # the variance


def test_the_page_is_short() -> None:
    lines = commands().splitlines()
    assert 0 < len(lines) <= MOST_LINES
