"""A small store whose books balance: one invoice, paid in part in cash, mailed, with its till."""

from email.message import EmailMessage
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from contracts.cash_register import Movement, RegisterDay
from contracts.invoicing import AccountBalanceChanged, Invoice
from contracts.payments import Payment
from contracts.samples import cash_register, invoicing, payments
from contracts.samples.story import CLINIC, PATIENT, SESSION, eur
from dev.audit.ledger import Ledger
from dev.audit.tills import Till
from dev.audit.vitals import Vitals

NUMBER = "clinic-berlin-2026-000001"
INVOICE = Invoice.model_validate(
    dict(invoicing.DRAFT) | invoicing.PART_PAID | {"number": NUMBER, "session_id": SESSION}
)
PAYMENT = next(s.event for s in payments.samples() if isinstance(s.event, Payment))
ACCOUNT = next(s.event for s in invoicing.samples() if isinstance(s.event, AccountBalanceChanged))
DAY = next(s.event for s in cash_register.samples() if isinstance(s.event, RegisterDay))
DELIVERY = "dlv_1"
CALM = Vitals(outbox=0, lag=0, lag_at_broker=0)


def pdf_with(*lines: str) -> bytes:
    """A PDF with this text."""
    out = BytesIO()
    canvas = Canvas(out)
    for nth, line in enumerate(lines):
        canvas.drawString(72, 720 - 20 * nth, line)
    canvas.save()
    return out.getvalue()


PDF = pdf_with(f"Rechnung {NUMBER}", "150,14 EUR")


def mail_with(pdf: bytes | None) -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = f"<{DELIVERY}@chairside.localhost>"
    mail.set_content("Please find attached.")
    if pdf is not None:
        mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="invoice.pdf")
    return mail


def till() -> Till:
    moved = Movement(
        movement_id="mov_1",
        kind="payment",
        amount=PAYMENT.amount,
        payment_id=PAYMENT.payment_id,
        at=PAYMENT.received_at,
        by=PAYMENT.changed_by,
    )
    day = DAY.model_copy(update={"opening": eur(20_000), "expected": eur(25_014)})
    return Till(CLINIC, PAYMENT.register_id or "", ((day, (moved,)),), ())


def balanced() -> Ledger:
    return Ledger(
        sessions={(CLINIC, SESSION)},
        invoices=(INVOICE,),
        payments=(PAYMENT,),
        accounts={(CLINIC, PATIENT): ACCOUNT},
        tills=(till(),),
        number_formats={CLINIC: "{clinic}-{yyyy}-{seq:06d}"},
        pdfs={INVOICE.invoice_id: PDF},
        deliveries=({"delivery_id": DELIVERY, "invoice_id": INVOICE.invoice_id, "status": "sent", "failure": None},),
        mails=(mail_with(PDF),),
        letters={"invoicing": 0},
        vitals={"invoicing": CALM},
    )
