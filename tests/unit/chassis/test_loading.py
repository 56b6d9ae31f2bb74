"""A service is loaded without the collector in the way: its rounds are counted, not timed."""

import gc
import subprocess
import sys

import pytest

from chassis.loading import loading

PACKAGES = ("invoicing", "payments", "cash_register", "documents")
LOAD = """
import asyncio, gc, runpy, sys

def rounds():
    return sum(generation["collections"] for generation in gc.get_stats())

class Runner:
    def __init__(self, **_):
        print(rounds() - before, gc.isenabled(), gc.get_freeze_count())
        sys.exit()

asyncio.Runner = Runner
before = rounds()
runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
"""
SETTINGS = {
    "CHAIRSIDE_JWKS_URL": "http://127.0.0.1:9/",
    "CHAIRSIDE_ISSUER": "nobody",
    "CHAIRSIDE_STRIPE_API_KEY": "x",
    "CHAIRSIDE_STRIPE_WEBHOOK_SECRET": "x",
}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_service_is_composed_without_a_round_of_the_collector(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", LOAD, package], capture_output=True, check=True, text=True)
    rounds, enabled, frozen = done.stdout.split()
    assert (int(rounds), enabled) == (0, "True")
    assert int(frozen) > 100_000


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_loaded_before_that(package: str) -> None:
    code = f"import sys, {package}.__main__; print(len([name for name in sys.modules if '.' in name]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert int(done.stdout) < 100


def test_the_collector_works_again_also_after_a_failure() -> None:
    def fail() -> None:
        with loading():
            assert not gc.isenabled()
            raise ImportError

    with pytest.raises(ImportError):
        fail()
    assert gc.isenabled()
    gc.unfreeze()
