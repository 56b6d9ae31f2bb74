"""Two people at once, and a service that dies while it closes: one wins, and there is one Z report."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from cash_register.adapters.tse.absent import REASON
from pymongo import MongoClient

from dev.parts.service import ServicePart
from tests.integration.cash_register.test_exports import exports, rows
from tests.integration.cash_register.test_registers import refusal
from tests.integration.cash_register.till import TODAY, Json, Till, eur
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker


def at_once(call: Callable[[], httpx2.Response], times: int = 4) -> list[httpx2.Response]:
    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(call) for _ in range(times)]]


def test_of_two_who_close_at_once_one_does_and_there_is_one_z_report(till: Till) -> None:
    till.open()
    answers = at_once(lambda: till.close(eur(10_000)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert till.read(f"/days/{TODAY}/z-report")["number"] == 1


def test_of_two_who_hand_over_at_once_one_does(till: Till) -> None:
    """The drawer was counted twice, and only one of them has it now."""
    till.open()
    answers = at_once(lambda: till.hand_over(eur(10_000)))
    won = [answer for answer in answers if answer.status_code == 201]
    lost = {refusal(answer) for answer in answers if answer.status_code != 201}
    # Who began only when another was done counts a drawer that is theirs.
    assert len(till.day()["handovers"]) == len(won) >= 1
    assert lost <= {(409, "changed-meanwhile")}


def test_cash_that_streams_in_while_a_day_is_closed_is_on_it_or_waits(till: Till) -> None:
    till.open()
    till.publish(*(till.payment(100) for _ in range(150)))
    until(lambda: till.day()["movement_count"], lambda count: count > 0)
    closed: Json = until(
        lambda: till.close(eur(10_000), reason="counted while it came in"), lambda answer: answer.status_code == 200
    ).json()
    waiting = till.until_waiting(150 - closed["movement_count"])
    assert closed["expected"] == eur(10_000 + 100 * closed["movement_count"])
    assert till.read(f"/days/{TODAY}/z-report")["totals"]["turnover"] == eur(100 * closed["movement_count"])
    assert len(waiting) + closed["movement_count"] == 150


@pytest.mark.parametrize("point", ["before-commit", "after-commit"])
def test_a_close_that_was_cut_off_makes_one_z_report_and_its_receipts_say_how_they_were_signed(
    mortal: ServicePart, own_till: Till, point: str, tmp_path: Path
) -> None:
    """The device is gone when the service comes back, so what was left to sign says so."""
    arming = tmp_path / "failpoint"
    mortal.set({"FAILPOINT": f"@{arming}", "TSE": "simulator", "TSE_EVERY_S": "0.1", "WORKER_LEASE_S": "1"})
    mortal.start()
    own_till.open()
    own_till.move("pay_in", eur(700))
    until(lambda: signed(mortal), lambda count: count == 2)
    arming.write_text(f"{point}:1")
    key, path = uuid4().hex, f"/days/{TODAY}/close"
    body = {"counted": eur(10_700), "deposit": eur(700)}
    with pytest.raises(httpx2.TransportError):
        own_till.post(path, body, key)
    until(lambda: mortal.child.exit_code, lambda code: code is not None)
    mortal.set({"TSE": "none", "SEAL_EVERY_S": "0.1"})
    mortal.start()
    closed = until(lambda: own_till.post(path, body, key), lambda answer: answer.status_code == 200).json()
    report = own_till.read(f"/days/{TODAY}/z-report")
    assert (closed["status"], report["number"], report["expected"]) == ("closed", 1, eur(10_700))
    events = own_till.published(closed["day_id"], closed["version"])
    assert len({event.headers["ce_id"] for event in events if event.type == "day-closed"}) == 1
    assert own_till.read("")["open_day"] is None
    until(lambda: signed(mortal), lambda count: count == 3)
    export = exports(own_till.as_("auditor"), "dsfinv-k")
    answers = [(row["TSE_TANR"], row["TSE_TA_FEHLER"]) for row in rows(export, "transactions_tse.csv")]
    assert answers == [("1", ""), ("2", ""), ("", REASON)]
    assert [row["TSE_TANR"] != "" for row in rows(export, "transactions_tse.csv")] == [
        row["TSE_TA_SIG"] != "" for row in rows(export, "transactions_tse.csv")
    ]
    assert len(rows(export, "tse.csv")) == 1


def signed(service: ServicePart) -> int:
    """How many receipts have an answer."""
    where = service.child.env
    with MongoClient[Json](where["CHAIRSIDE_MONGO_URI"]) as client:
        return client[where["CHAIRSIDE_MONGO_DATABASE"]].signatures.count_documents({})
