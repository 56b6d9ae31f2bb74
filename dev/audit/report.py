"""The books as tables."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts.cash_register import RegisterDay
from contracts.invoicing import Invoice
from contracts.payments import Payment
from dev.audit.checks import Check
from dev.audit.ledger import COUNTING, Ledger
from dev.audit.sums import Sum, add, summed, views, written

METHODS = {"cash": "paid in cash", "bank_transfer": "paid by bank transfer", "card": "paid by card"}
SELDOM = {"card_terminal": "paid on a terminal", "cheque": "paid by cheque"}
"""Told only where there are any."""
MOST_SHOWN = 10
Ours = Callable[[Invoice], bool]


class Slice:
    """Some of the books: all of them, or what one morning added."""

    def __init__(self, ledger: Ledger, ours: Ours, days: Sequence[RegisterDay]) -> None:
        self.invoices = [invoice for invoice in ledger.invoices if ours(invoice)]
        mine = {invoice.invoice_id for invoice in self.invoices}
        everything = len(mine) == len(ledger.invoices)
        self.payments = [payment for payment in ledger.payments if everything or payment.invoice_id in mine]
        self.days = days
        self.pdfs = sum(isinstance(ledger.pdfs.get(id_), bytes) for id_ in mine)

    def rows(self) -> dict[str, str]:
        """What the table says, in its order."""
        billed = self._where(*COUNTING)
        drafts = self._where("draft")
        return {
            "sessions": str(len({(i.clinic_id, i.session_id) for i in self.invoices if i.session_id})),
            "drafts": f"{len(drafts)}, {sum(bool(draft.problems) for draft in drafts)} marked",
            "void": str(len(self._where("void"))),
            "finalized": str(len(billed)),
            "paid": f"{len(self._where('paid', 'archived'))}, {len(self._where('archived'))} archived",
            "credited": str(len(self._where("credited"))),
            "written off": str(len(self._where("written_off"))),
            "billed": written(summed(i.totals.gross for i in billed)),
            "credit notes": written(add((summed(i.totals.credited for i in billed), -1))),
            **{label: self._received(method) for method, label in METHODS.items()},
            **{label: self._received(method) for method, label in SELDOM.items() if self._came(method)},
            "refunds": written(add((summed(p.refunded for p in self.payments), -1))),
            "open balance": written(summed(i.totals.due for i in billed)),
            "till expected": written(summed(day.expected for day in self.days)),
            "till counted": written(summed(day.counted for day in self.days if day.counted)),
            "till difference": written(summed(day.variance for day in self.days if day.variance)),
            "PDFs": str(self.pdfs),
        }

    def _where(self, *statuses: str) -> list[Invoice]:
        return [invoice for invoice in self.invoices if invoice.status in statuses]

    def _received(self, method: str) -> str:
        chosen = self._came(method)
        return f"{written(summed(p.amount for p in chosen))} ({len(chosen)})"

    def _came(self, method: str) -> list[Payment]:
        return [p for p in self.payments if p.method == method and p.settled_at is not None]


def show_sums(console: Console, ledger: Ledger, run: Slice | None) -> None:
    """What this run added, and all."""
    all_ = Slice(ledger, lambda _: True, [day for till in ledger.tills for day, _ in till.days]).rows()
    added = run.rows() if run else None
    table = Table("", title="The books", box=box.SIMPLE_HEAVY, title_justify="left")
    for heading in (["this run"] if added else []) + ["in all"]:
        table.add_column(heading, justify="right")
    for name, value in all_.items():
        this_run = [added.get(name, "")] if added else []
        table.add_row(name, *this_run, value, end_section=name in ("paid", "open balance"))
    console.print(table)


def show_views(console: Console, ledger: Ledger) -> None:
    """The same money, told by three."""
    table = Table("told by", title="Billed = paid + open", box=box.SIMPLE_HEAVY, title_justify="left")
    for heading in ("billed", "paid", "open"):
        table.add_column(heading, justify="right")
    unused: Sum = {}
    for name, view in views(ledger).items():
        unused = view.unused
        table.add_row(name, written(view.billed), written(view.paid), written(view.open))
    console.print(table)
    if unused:
        console.print(f"of what was paid, {written(unused)} are credit that no invoice has used yet")


def show_invoices(console: Console, run: Slice, pdf_of: Callable[[str], Path]) -> None:
    """This run's invoices, with where their PDFs are."""
    table = Table(title="Invoices of this run", box=box.SIMPLE_HEAVY, title_justify="left")
    table.add_column("PDF, or session", overflow="fold")
    table.add_column("status", min_width=9)
    for heading in ("total", "open"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("paid by", min_width=8)
    for invoice in sorted(run.invoices, key=lambda i: (i.number is None, i.number, i.session_id)):
        counts = invoice.status in COUNTING
        table.add_row(
            _short(pdf_of(invoice.number)) if counts and invoice.number else invoice.session_id,
            ", ".join((invoice.status, *invoice.problems)),
            written(summed([invoice.totals.gross])),
            written(summed([invoice.totals.due])) if counts else "",
            ", ".join(_ways(run.payments, invoice.invoice_id)),
        )
    console.print(table)


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    for check in checks:
        mark = "[green]✓[/]" if check.holds else "[red]✗[/]"
        console.print(f"{mark} {escape(check.rule)}")
        for wrong in check.wrong[:MOST_SHOWN]:
            console.print(f"    [red]{escape(wrong)}[/]", highlight=False, soft_wrap=True)
        if len(check.wrong) > MOST_SHOWN:
            console.print(f"    and {len(check.wrong) - MOST_SHOWN} more", highlight=False)


def _ways(payments: Sequence[Payment], invoice_id: str) -> list[str]:
    mine = [p for p in payments if p.invoice_id == invoice_id and p.settled_at is not None]
    ways = dict.fromkeys(p.method.replace("_", " ") for p in sorted(mine, key=lambda p: p.payment_id))
    return [*ways, *(["refunded in part"] if any(p.refunded.amount_minor for p in mine) else [])]


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
