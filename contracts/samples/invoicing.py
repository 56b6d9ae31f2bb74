"""The invoice of the session, from its draft to the archive, and what the patient owes meanwhile."""

from datetime import date, datetime, timedelta

from contracts import clinical, invoicing
from contracts.envelope import Event
from contracts.samples.story import (
    CARD,
    CARIES,
    CASH,
    CLINIC,
    COVERAGE,
    DAY,
    DENTIST,
    FILLING,
    HOME,
    INVOICE,
    MANAGER,
    NUMBER,
    PATIENT,
    SESSION,
    TWICE_NOTED,
    WHO,
    XRAY,
    Sample,
    at,
    by_itself,
    eur,
)
from kernel.ids import derived_id


def _line(id_: str, procedure: clinical.Procedure, net: int) -> invoicing.InvoiceLine:
    return invoicing.InvoiceLine(
        line_id=id_,
        kind="procedure",
        source_id=procedure.procedure_id,
        code=procedure.code,
        system=procedure.system,
        description=procedure.description,
        tooth=procedure.tooth,
        surfaces=procedure.surfaces,
        quantity="1",
        performed_on=DAY,
        provider_id="doc-4",
        diagnosis_ids=procedure.diagnosis_ids,
        unit_price=eur(net),
        net=eur(net),
        tax_category="E",
        tax_rate="0",
        amount=eur(net),
        price=PRICES,
        exemption_reason=EXEMPT,
    )


EXEMPT = "Treatment, § 4 no. 14 UStG"
PRICES = invoicing.PriceTrace(price_list_id="standard-2026", price_list_version=3, rule="code")
LINES = (
    _line("l-1", FILLING, 12500),
    _line("l-2", XRAY, 1800),
    invoicing.InvoiceLine(
        line_id="l-3",
        kind="material",
        source_id="m-1",
        code="COMP-A2",
        description="Composite A2",
        quantity="0.5",
        unit="g",
        performed_on=DAY,
        unit_price=eur(1200),
        net=eur(600),
        amount=eur(600),
        tax_category="S",
        tax_rate="19",
        price=PRICES,
    ),
)
TAX = (
    invoicing.TaxSubtotal(category="E", rate="0", base=eur(14300), tax=eur(0), exemption_reason=EXEMPT),
    invoicing.TaxSubtotal(category="S", rate="19", base=eur(600), tax=eur(114)),
)
PROMPT_PAYMENT = invoicing.PromptPayment(
    discount_id="prompt",
    name="Prompt payment",
    rate="2",
    reduction=eur(300),
    amount=eur(14714),
    pay_by=date(2026, 11, 27),
)
SELLER = invoicing.Seller(
    clinic_id=CLINIC,
    name="Zahnarztpraxis am Markt",
    tax_id="DE123456788",
    email="praxis@example.org",
    phone="+49 30 5550100",
    address=HOME.model_copy(update={"lines": ("Markt 4",), "postal_code": "10178"}),
    bank_account=invoicing.BankAccount(
        iban="DE89370400440532013000", bic="COBADEFFXXX", holder="Zahnarztpraxis am Markt"
    ),
)
BUYER = invoicing.Buyer(
    patient_id=PATIENT,
    name=WHO.name,
    email=WHO.email,
    locale=WHO.locale,
    birth_date=WHO.birth_date,
    address=HOME,
    coverage=COVERAGE,
)
IN_CASH = invoicing.Allocation(payment_id=CASH, amount=eur(5014), method="cash", at=at("10:20"))
BY_CARD = invoicing.Allocation(payment_id=CARD, amount=eur(10000), method="card", at=at("10:24"))


def _totals(*, paid: int = 0, credited: int = 0) -> invoicing.Totals:
    return invoicing.Totals(
        net=eur(14900),
        tax=eur(114),
        gross=eur(15014),
        paid=eur(paid),
        credited=eur(credited),
        due=eur(15014 - paid - credited),
    )


DRAFT = invoicing.InvoiceDrafted(
    invoice_id=INVOICE,
    clinic_id=CLINIC,
    patient_id=PATIENT,
    session_id=SESSION,
    session_version=1,
    version=1,
    price_list_id="standard-2026",
    status="draft",
    number=None,
    currency="EUR",
    lines=(LINES[0], LINES[2]),
    tax=(TAX[0].model_copy(update={"base": eur(12500)}), TAX[1]),
    totals=invoicing.Totals(
        net=eur(13100), tax=eur(114), gross=eur(13214), paid=eur(0), credited=eur(0), due=eur(13214)
    ),
    problems=(),
    buyer=BUYER,
    seller=None,
    provider=DENTIST,
    diagnoses=(CARIES,),
    drafted_at=at("09:45:01"),
    changed_at=at("09:45:01"),
    changed_by=by_itself("invoicing"),
)
GLOVES = invoicing.SessionItem(code="GLOVES", description="Gloves, a pair", quantity="1", unit="each", performed_on=DAY)
LEFT_OUT = invoicing.RemovedLine(
    line=invoicing.InvoiceLine(
        line_id="l-4",
        kind="material",
        source_id="m-2",
        code=GLOVES.code,
        description=GLOVES.description,
        quantity=GLOVES.quantity,
        unit=GLOVES.unit,
        performed_on=DAY,
        unpriced=True,
    ),
    over=GLOVES,
    reason="used for another patient",
    by=MANAGER,
    at=at("09:57"),
)
NOT_DONE = invoicing.ProposalDecision(
    proposal=invoicing.Proposal(
        proposal_id=derived_id("prp", INVOICE, "credit", "3"),
        kind="credit",
        session_version=3,
        lines=(LINES[1].model_copy(update={"session": invoicing.SessionSide()}),),
        amount=eur(1800),
        proposed_at=at("11:00"),
    ),
    outcome="confirmed",
    reason="X-ray is covered by the follow-up guarantee",
    by=MANAGER,
    at=at("11:05"),
    made=derived_id("crn", INVOICE, "1"),
)
OTHER_SURFACE = invoicing.Deviation(
    line_id=LINES[0].line_id,
    fields=("surfaces",),
    session_version=3,
    noted_at=at("11:00"),
    now=invoicing.SessionItem(
        code=LINES[0].code,
        system=LINES[0].system,
        description=LINES[0].description,
        tooth=LINES[0].tooth,
        surfaces=("O", "B"),
        quantity="1",
        performed_on=DAY,
        provider_id=LINES[0].provider_id,
    ),
    acknowledged_by=MANAGER,
    acknowledged_at=at("11:06"),
    reason="told the insurer by phone",
)
REVISED = {
    "version": 2,
    "session_version": 2,
    "lines": LINES,
    "tax": TAX,
    "totals": _totals(),
    "changed_at": at("09:58:01"),
    "reason": "session corrected",
    "removed": (LEFT_OUT,),
}
FINALIZED = REVISED | {
    "version": 3,
    "status": "finalized",
    "number": NUMBER,
    "seller": SELLER,
    "issued_on": DAY,
    "due_on": date(2026, 12, 4),
    "finalized_at": at("10:15"),
    "changed_at": at("10:15"),
    "changed_by": MANAGER,
    "reason": None,
    "prompt_payment": PROMPT_PAYMENT,
    "issued": invoicing.IssuedTerms(paid=eur(0), asked=eur(15014)),
}
PART_PAID = FINALIZED | {
    "version": 4,
    "totals": _totals(paid=5014),
    "allocations": (IN_CASH,),
    "changed_at": at("10:20:01"),
    "changed_by": by_itself("invoicing"),
}
PAID = PART_PAID | {
    "version": 5,
    "status": "paid",
    "totals": _totals(paid=15014),
    "allocations": (IN_CASH, BY_CARD),
    "paid_at": at("10:24:02"),
    "changed_at": at("10:24:02"),
}
ARCHIVED = PAID | {
    "version": 8,
    "status": "archived",
    "totals": _totals(paid=13214, credited=1800),
    "allocations": (IN_CASH, BY_CARD.model_copy(update={"amount": eur(8200)})),
    "archived_at": at("18:00"),
    "changed_at": at("18:00"),
    "changed_by": MANAGER,
    "session_version": 3,
    "decisions": (NOT_DONE,),
    "deviations": (OTHER_SURFACE,),
}
VOIDED = {
    "invoice_id": TWICE_NOTED,
    "session_id": "ses-2026-000124",
    "version": 2,
    "status": "void",
    "problems": ("session-voided",),
    "voided_at": at("10:02:01"),
    "changed_at": at("10:02:01"),
    "reason": "session voided: noted twice",
}


def samples() -> list[Sample]:
    def after(type_: type[invoicing.Invoice], change: dict[str, object]) -> invoicing.Invoice:
        return type_.model_validate(dict(DRAFT) | change)

    invoices = [
        DRAFT,
        after(invoicing.InvoiceRevised, REVISED),
        after(invoicing.InvoiceFinalized, FINALIZED),
        after(invoicing.InvoicePaymentApplied, PART_PAID),
        after(invoicing.InvoicePaid, PAID),
        after(invoicing.InvoiceArchived, ARCHIVED),
        after(invoicing.InvoiceVoided, VOIDED),
    ]
    credit_note = invoicing.CreditNoteIssued(
        credit_note_id=derived_id("crn", INVOICE, "1"),
        invoice_id=INVOICE,
        invoice_number=NUMBER,
        clinic_id=CLINIC,
        patient_id=PATIENT,
        version=1,
        number="CN-2026-000003",
        currency="EUR",
        amount=eur(1800),
        reason="X-ray is covered by the follow-up guarantee",
        issued_on=DAY,
        changed_at=at("11:05"),
        changed_by=MANAGER,
    )
    patients = invoicing.PayerBalance(
        part="patient",
        billed=eur(15014),
        credited=eur(0),
        written_off=eur(0),
        paid=eur(5014),
        open=eur(10000),
        credit=eur(0),
    )
    balance = invoicing.CurrencyBalance(
        billed=eur(15014),
        credited=eur(0),
        paid=eur(5014),
        open=eur(10000),
        credit=eur(0),
        balance=eur(10000),
        payers=(patients,),
    )
    open_invoice = invoicing.OpenInvoice(
        invoice_id=INVOICE,
        number=NUMBER,
        due=eur(10000),
        due_on=date(2026, 12, 4),
        payers=(invoicing.OpenShare(part="patient", open=eur(10000)),),
    )
    account = invoicing.AccountBalanceChanged(
        account_id=derived_id("acc", CLINIC, PATIENT),
        clinic_id=CLINIC,
        patient_id=PATIENT,
        version=2,
        balances=(balance,),
        open_invoices=(open_invoice,),
        changed_at=at("10:20:01"),
        changed_by=by_itself("invoicing"),
    )
    unbilled = invoicing.ItemsUnbilled(
        alarm_id=derived_id("unb", INVOICE),
        invoice_id=INVOICE,
        clinic_id=CLINIC,
        patient_id=PATIENT,
        session_id=SESSION,
        version=1,
        completed_at=at("09:45"),
        limit_hours=72,
        items=(
            invoicing.UnbilledItem(
                kind="procedure", source_id=XRAY.procedure_id, code=XRAY.code, quantity="1", state="missing"
            ),
        ),
        changed_at=at("02:00") + timedelta(days=4),
        changed_by=by_itself("invoicing"),
    )
    configured = invoicing.ClinicConfigured(
        clinic_id=CLINIC,
        version=1,
        name="Zahnarztpraxis am Markt",
        currency="EUR",
        time_zone="Europe/Berlin",
        country="DE",
        changed_at=at("08:00"),
        changed_by=MANAGER,
    )
    events: list[tuple[Event, datetime]] = [(configured, configured.changed_at)]
    events += [(invoice, invoice.changed_at) for invoice in invoices]
    events += [(credit_note, credit_note.changed_at), (account, account.changed_at), (unbilled, unbilled.changed_at)]
    return [Sample(event, moment, "/chairside/invoicing") for event, moment in events]
