"""One document of each kind, and pictures of their first pages as somebody has looked at them.

    python -m tests.unit.documents.pictures

draws them anew, after a change that was meant: look at them, then commit them.
"""

import subprocess
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from documents.adapters.pdf.renderer import DocumentRenderer
from documents.domain.documents.document import SheetKind
from documents.facts import (
    PLAIN_LOOK,
    CreditNoteFacts,
    InstalmentPlanFacts,
    ReceiptSheets,
    RegisterDayFacts,
    ReminderFacts,
)
from documents.usecases.documents.invoice_sheets import submission_sheets
from PIL import Image

from contracts.invoicing import Instalment, Invoice
from kernel.money import Money
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import PATIENT, by_schedule, credit_note, facts_of, invoice, line
from tests.unit.documents.test_invoice_sheets import claimed, insured
from tests.unit.documents.test_look import own_look
from tests.unit.documents.test_receipt import receipt, refunded
from tests.unit.documents.test_register_day import reported
from tests.unit.documents.test_scripts import SCRIPTS
from tests.unit.documents.test_statement import family, statement

FOLDER = Path(__file__).parent
DOTS_PER_INCH = 40


def _euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


PAYABLE = invoice(lines=5, payment_reference="RF18539007547034", note="Bitte nüchtern kommen.\nParken im Hof.")
READERS = {"arabic": "ar-EG", "french": "fr-FR", "spanish": "es-ES", "polish": "pl-PL", "ukrainian": "uk-UA"}
PLANNED = invoice(instalments=(Instalment(number=1, due_on=date(2026, 12, 1), amount=_euro(25000)),))
KINDS: dict[str, tuple[SheetKind, Callable[[], bytes]]] = {
    "invoice": ("invoice", lambda: facts_of(PAYABLE)),
    "fee-schedule": ("invoice", lambda: facts_of(by_schedule())),
    "fee-schedule-submission": ("submission", lambda: submission_sheets(insured(by_schedule()), None).facts),
    "void": ("invoice", lambda: facts_of(PAYABLE.model_copy(update={"status": "void"}))),
    "credit-note": ("credit_note", lambda: CreditNoteFacts(credit_note=credit_note()).model_dump_json().encode()),
    "receipt": ("receipt", lambda: ReceiptSheets(receipt=receipt()).model_dump_json().encode()),
    "slip": ("receipt", lambda: ReceiptSheets(receipt=receipt(), slip=True).model_dump_json().encode()),
    "refund-slip": ("receipt", lambda: ReceiptSheets(receipt=refunded(), slip=True).model_dump_json().encode()),
    "register-day": (
        "register_day",
        lambda: (
            RegisterDayFacts(day=reported(), clinic="Zahnärzte", time_zone="Europe/Berlin", country="DE")
            .model_dump_json()
            .encode()
        ),
    ),
    "statement": ("statement", lambda: statement(6).model_dump_json().encode()),
    "family-statement": ("statement", lambda: family().model_dump_json().encode()),
    "submission": ("submission", lambda: submission_sheets(claimed(4), None).facts),
    "reminder": (
        "reminder",
        lambda: (
            ReminderFacts(invoice=PAYABLE, open=_euro(62500), step=2, as_of=date(2027, 1, 15))
            .model_dump_json()
            .encode()
        ),
    ),
    "instalment-plan": ("instalment_plan", lambda: InstalmentPlanFacts(invoice=PLANNED).model_dump_json().encode()),
    "own-paper": ("invoice", lambda: facts_of(PAYABLE)),
    "scripts": ("invoice", lambda: facts_of(in_every_script())),
    "void-arabic": ("invoice", lambda: facts_of(read_in("ar-EG", status="void"))),
    **{name: ("invoice", partial(lambda tag: facts_of(read_in(tag)), tag)) for name, tag in READERS.items()},
}


def read_in(tag: str, **changes: Any) -> Invoice:
    """The same invoice for a reader with another locale."""
    return PAYABLE.model_copy(update={"buyer": PATIENT.model_copy(update={"locale": tag}), **changes})


def in_every_script() -> Invoice:
    """A line of each."""
    names = [(name, f"{patient}, {treatment}") for name, (patient, treatment) in SCRIPTS.items()]
    lines = tuple(line(nth, description=f"{name}: {text}") for nth, (name, text) in enumerate(names, 1))
    return PAYABLE.model_copy(update={"lines": lines, "note": None, "payment_reference": None})


def drawn(renderer: DocumentRenderer, name: str) -> Image.Image:
    """The first page, in grey. Needs pdftoppm."""
    kind, facts = KINDS[name]
    with TemporaryDirectory() as folder:
        pdf = Path(folder) / "page.pdf"
        look = own_look() if name == "own-paper" else PLAIN_LOOK
        pdf.write_bytes(renderer.render(kind, facts(), PATIENCE_S, look).content)
        how = ["pdftoppm", "-r", str(DOTS_PER_INCH), "-gray", "-png", "-singlefile", str(pdf), str(pdf.with_suffix(""))]
        subprocess.run(how, check=True)
        with Image.open(pdf.with_suffix(".png")) as page:
            return page.convert("L")
