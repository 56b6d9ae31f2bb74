"""The commands: run, demo, check."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from types import FrameType

from rich.console import Console

from dev.audit.checks import check
from dev.audit.ledger import Ledger, read_ledger
from dev.audit.report import Slice, show_checks, show_invoices, show_sums, show_views
from dev.calls import Caller, NeverHappened, Refused
from dev.demo.play import Play, pdf_file
from dev.demo.sessions import FEWEST, TIME_ZONE, Morning, morning_of, session_prefix
from dev.demo.stage import stage
from dev.demo.till import Till
from dev.parts.files import write_whole
from dev.parts.mongod import NoMongod
from dev.parts.processes import ChildFailed
from dev.parts.stack import AlreadyRunning
from dev.system import System, running_system

SESSIONS, SEED = 30, 1
INTERRUPTED = 130


def run(system: System, console: Console, options: argparse.Namespace) -> bool:
    """The morning, then everything stays up until Ctrl-C."""
    balanced = demo(system, console, options)
    _invite(system, console)
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        return balanced


def demo(system: System, console: Console, options: argparse.Namespace) -> bool:
    """The morning and the books; whether they balance."""
    play = _play(system, console, options)
    ledger = read_ledger(system)
    mine = session_prefix(play.morning.run)
    days = [day for till in ledger.tills for day, _ in till.days if day.day_id == play.till.day["day_id"]]
    added = Slice(ledger, lambda invoice: (invoice.session_id or "").startswith(mine), days)
    show_invoices(console, added, lambda number: pdf_file(system.folder, number))
    return _show_books(console, ledger, added)


def audit(system: System, console: Console, _options: argparse.Namespace) -> bool:
    """Only the books."""
    return _show_books(console, read_ledger(system), None)


def _show_books(console: Console, ledger: Ledger, added: Slice | None) -> bool:
    show_sums(console, ledger, added)
    show_views(console, ledger)
    checks = check(ledger)
    show_checks(console, checks)
    return all(one.holds for one in checks)


COMMANDS: dict[str, Callable[[System, Console, argparse.Namespace], bool]] = {"run": run, "demo": demo, "check": audit}


def _play(system: System, console: Console, options: argparse.Namespace) -> Play:
    morning = _next_morning(system.folder, options)
    title = f"A morning at the clinic, run {morning.run}"
    with stage(console, title) as shown:
        play = Play(system, shown, morning, Caller(system, "front_desk"), Caller(system, "billing_manager"), Till())
        play.all()
    return play


def _next_morning(folder: Path, options: argparse.Namespace) -> Morning:
    """Runs are counted, so that each has sessions of its own."""
    file = folder / "run" / "mornings"
    number = int(file.read_text()) + 1 if file.exists() else 1
    write_whole(file, f"{number}\n")
    today = datetime.now(TIME_ZONE).date()
    return morning_of(f"{today:%Y%m%d}-{number:03d}", today, options.seed, options.sessions)


def _invite(system: System, console: Console) -> None:
    """Where everything is."""
    console.rule("up until Ctrl-C")
    for name, url in system.urls.items():
        console.print(f"{name:14} {url}, its API page {system.operations_urls[name]}/docs", highlight=False)
    bootstrap = "" if system.folder == Path("var").absolute() else f" --bootstrap {system.parts.kafka.bootstrap}"
    for what, where in {
        "endpoints": system.endpoints_file,
        "PDFs": system.folder / "demo",
        "mails": system.parts.smtp.mail,
        "logs": system.folder / "services",
        "your session": f".venv/bin/chairside publish FILE.jsonl{bootstrap}",
    }.items():
        console.print(f"{what:14} {where}", highlight=False, soft_wrap=True)


def _end_once(_number: int, _frame: FrameType | None) -> None:
    """The first Ctrl-C or SIGTERM ends everything; a second one must not keep that from being finished."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not SIG_IGN: a process that is being started just now would inherit it.
        signal.signal(number, lambda *_: None)
    os.write(sys.stderr.fileno(), b"\nending what was started here\n")
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dev", description="Chairside on this machine")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--dir", type=Path, default=Path("var"), help="where everything is kept")
    parser.add_argument("--sessions", type=int, default=SESSIONS, help=f"of the morning, at least {FEWEST}")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    if options.sessions < FEWEST:
        parser.error(f"a morning has at least {FEWEST} sessions")
    return options


def main() -> int:
    """0 when the books balance, 1 when they do not or something failed, 130 when it was interrupted before."""
    options = _options()
    console = Console()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_once)
    try:
        with running_system(options.dir, partial(console.print, markup=False, highlight=False)) as system:
            return 0 if COMMANDS[options.command](system, console, options) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except AlreadyRunning as busy:
        return _failed(f"{busy}: end that one, or give this one another --dir")
    except (ChildFailed, NeverHappened, NoMongod, Refused) as trouble:
        return _failed(str(trouble))


def _failed(why: str) -> int:
    Console(stderr=True, soft_wrap=True).print(why, style="red", markup=False, highlight=False)
    return 1
