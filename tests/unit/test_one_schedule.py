"""The patient's instalments: invoice, account, document and what the desk asks for next tell one schedule."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from documents.adapters.locales import locale_of
from documents.adapters.pdf.formats import Formats
from documents.adapters.pdf.invoice.view import invoice_view
from documents.usecases.documents.invoice_source import source_of
from hypothesis import assume, given
from hypothesis import strategies as st
from invoicing.domain.clinics.insurance_plans import InsurancePlan, Share
from invoicing.domain.insurance.split import refused, split
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.payers import patient_due_minor
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.receivables.account import balance
from invoicing.domain.receivables.allocation import ahead_minor, allocate_account
from invoicing.domain.receivables.instalments import plan
from invoicing.domain.receivables.payment import ReceivedPayment
from invoicing.publishing import snapshot
from payments.domain.intake.open_items import Invoice as InvoiceCopy
from payments.domain.intake.open_items import next_instalment, parts_left
from payments.replicas import InvoiceReplica
from pydantic import TypeAdapter

from contracts.invoicing import InvoiceFinalized
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.money import Money
from tests.parts.sessions import CROWN, item, procedure
from tests.unit.invoicing.examples import AT, MANAGER, NOW, clinic, drafted, payment, price_list
from tests.unit.invoicing.examples import terms as usual_terms

AOK: dict[str, Any] = {"patient": {"coverage": {"payer_id": "aok"}}}
FIRST = date(2027, 1, 15)
COPY = TypeAdapter(InvoiceCopy)
ISSUE = Change(AT + timedelta(hours=2), MANAGER)
Schedule = list[tuple[date | None, int]]


@dataclass
class Case:
    """An invoice of one line, and the money that came for it: `insured` per cent are the insurer's."""

    invoice: Invoice
    payments: list[ReceivedPayment]

    @classmethod
    def of(cls, cost_minor: int, insured: int = 0, down_minor: int = 0) -> "Case":
        known = replace(usual_terms(), price_list=price_list(item(CROWN, cost_minor)))
        draft = drafted(known, procedures=[procedure(CROWN)], materials=[], **AOK)
        plans = (InsurancePlan("aok", invoice=Share("percent", str(insured))),) if insured else ()
        draft = split(draft, replace(clinic(), insurance=plans))
        return cls(draft, [payment(draft, down_minor)] if down_minor else [])

    @property
    def ahead_minor(self) -> int:
        return ahead_minor(self.invoice, [], self.payments, NOW) if self.invoice.number is None else 0

    def plan(self, *parts_minor: int) -> None:
        parts = [(FIRST + timedelta(days=30 * nth), minor) for nth, minor in enumerate(parts_minor)]
        self.invoice = plan(self.invoice, parts, NOW, self.ahead_minor).state

    def finalize(self) -> None:
        self.invoice = finalize(self.invoice, clinic(), "B-1", ISSUE, self.ahead_minor).state
        self.settle()

    def settle(self) -> None:
        [self.invoice] = allocate_account([self.invoice], self.payments, NOW).state

    def pays(self, minor: int, payment_id: str = "pay-2", **changes: Any) -> None:
        self.payments.append(payment(self.invoice, minor, payment_id, received_at=ISSUE.at + timedelta(1), **changes))
        self.settle()

    def gives_back_what_was_down(self) -> None:
        self.payments[0] = replace(self.payments[0], settled_minor=0)
        self.settle()

    @property
    def event(self) -> InvoiceFinalized:
        return InvoiceFinalized.model_validate_json(snapshot(self.invoice))

    @property
    def copy(self) -> InvoiceCopy:
        return COPY.validate_python(InvoiceReplica.of(self.event).model_dump())

    @property
    def on_the_account(self) -> Schedule:
        open_ = balance("clinic-berlin", "pat-77", 1, [self.invoice], self.payments, NOW, FIRST).open_invoices
        return [(part.due_on, part.amount.amount_minor) for invoice in open_ for part in invoice.instalments]

    @property
    def at_the_desk(self) -> Schedule:
        return [(part.due_on, part.amount.amount_minor) for part in parts_left(self.copy, [])]

    @property
    def on_paper(self) -> tuple[str, list[str]]:
        view = invoice_view(self.event)
        return view.due, [amount for _, amount in view.instalments]


def written(*minors: int) -> list[str]:
    formats = Formats(locale_of(None))
    return [formats.amount(Money(minor, "EUR")) for minor in minors]


def test_the_plan_is_of_the_patients_part() -> None:
    case = Case.of(10_000, insured=60)
    with pytest.raises(BusinessError) as refusal:
        case.plan(5_000, 5_000)
    assert (refusal.value.code, refusal.value.field) == ("instalments-sum", "/instalments")
    case.plan(2_000, 2_000)
    case.finalize()
    assert [minor for _, minor in case.on_the_account] == [minor for _, minor in case.at_the_desk] == [2_000, 2_000]
    assert case.on_paper == (*written(4_000), written(2_000, 2_000))
    assert next_instalment(case.copy, []).amount == Money(2_000, "EUR")
    assert next_instalment(case.copy, [], "insurer").amount == Money(6_000, "EUR")


def test_the_plan_is_of_what_is_left_of_a_deposit() -> None:
    case = Case.of(100_000, down_minor=30_000)
    with pytest.raises(BusinessError):
        case.plan(50_000, 50_000)
    case.plan(35_000, 35_000)
    case.finalize()
    assert [minor for _, minor in case.on_the_account] == [minor for _, minor in case.at_the_desk] == [35_000, 35_000]
    assert case.on_paper == (*written(70_000), written(35_000, 35_000))


def test_a_deposit_that_comes_after_the_plan_is_off_its_first_part_everywhere() -> None:
    case = Case.of(100_000)
    case.plan(50_000, 50_000)
    case.payments.append(payment(case.invoice, 30_000))
    case.finalize()
    assert [minor for _, minor in case.on_the_account] == [minor for _, minor in case.at_the_desk] == [20_000, 50_000]
    assert case.on_paper == (*written(70_000), written(20_000, 50_000))


def test_a_plan_that_a_deposit_no_longer_carries_is_made_anew_before_the_invoice_is_issued() -> None:
    case = Case.of(100_000, down_minor=30_000)
    case.plan(35_000, 35_000)
    case.payments.clear()
    with pytest.raises(Conflict) as refusal:
        case.finalize()
    assert refusal.value.code == "instalments-differ"
    case.plan(50_000, 50_000)
    case.finalize()
    assert case.on_paper == (*written(100_000), written(50_000, 50_000))


def test_a_plan_is_made_again_after_a_part_is_paid_and_another_document_says_so() -> None:
    case = Case.of(100_000)
    case.finalize()
    issued = source_of(case.event).content
    case.pays(30_000)
    assert source_of(case.event).content == issued
    case.plan(35_000, 35_000)
    assert [minor for _, minor in case.on_the_account] == [minor for _, minor in case.at_the_desk] == [35_000, 35_000]
    assert case.on_paper == (*written(100_000), written(35_000, 35_000))
    assert invoice_view(case.event).agreed == f"Agreed instalments of the {written(70_000)[0]} that were open:"
    assert source_of(case.event).content != issued


def test_a_deposit_that_is_given_back_is_due_with_the_first_part_and_the_document_stays() -> None:
    case = Case.of(100_000, insured=20, down_minor=30_000)
    case.plan(25_000, 25_000)
    case.finalize()
    before = case.on_paper, source_of(case.event).content
    case.gives_back_what_was_down()
    assert [minor for _, minor in case.on_the_account] == [minor for _, minor in case.at_the_desk] == [55_000, 25_000]
    assert (case.on_paper, source_of(case.event).content) == before
    assert case.on_paper == (*written(50_000), written(25_000, 25_000))


def test_what_the_insurer_refuses_later_changes_nothing_that_the_document_asks_for() -> None:
    for plan_ in ((), (2_000, 2_000)):
        case = Case.of(10_000, insured=60)
        case.plan(*plan_)
        case.finalize()
        before = invoice_view(case.event), source_of(case.event).content
        case.invoice = refused(case.invoice, Money(2_500, "EUR"), NOW).state
        case.settle()
        assert (invoice_view(case.event), source_of(case.event).content) == before
        assert before[0].due == written(4_000)[0]
        assert patient_due_minor(case.invoice) == 6_500


def test_an_invoice_from_before_asks_for_what_was_claimed_by_line_and_keeps_its_document() -> None:
    case = Case.of(10_000, insured=60)
    case.finalize()
    lines = tuple(replace(line, insurer_part=Money(6_000, "EUR")) for line in case.invoice.lines)
    case.invoice = replace(case.invoice, lines=lines, issued=None)
    before = invoice_view(case.event), source_of(case.event).content
    case.invoice = refused(case.invoice, Money(2_500, "EUR"), NOW).state
    assert (invoice_view(case.event), source_of(case.event).content) == before
    assert before[0].due == written(4_000)[0]


@given(
    st.integers(2, 50_000),
    st.sampled_from([0, 20, 60, 99]),
    st.integers(0, 60_000),
    st.integers(1, 4),
    st.lists(st.integers(0, 20_000), max_size=3),
    st.booleans(),
)
def test_there_is_one_schedule_whatever_is_paid_or_given_back(
    cost: int, insured: int, down: int, parts: int, later: list[int], given_back: bool
) -> None:
    case = Case.of(cost, insured, down)
    left = patient_due_minor(case.invoice) - case.ahead_minor
    assume(left >= parts)
    case.plan(*[left // parts] * (parts - 1), left - left // parts * (parts - 1))
    case.finalize()
    issued = case.invoice.issued
    assert issued is not None
    claimed = sum(claim.amount.amount_minor for claim in issued.insurers)
    assert claimed + issued.paid.amount_minor + issued.asked.amount_minor == asked_minor(case.invoice.totals)
    paper = case.on_paper
    assert sum(part.amount.amount_minor for part in case.invoice.instalments) == issued.asked.amount_minor == left
    for nth, minor in enumerate(later):
        case.pays(minor, f"pay-{nth + 2}")
    if given_back and down:
        case.gives_back_what_was_down()
    assert case.on_the_account == case.at_the_desk
    assert sum(minor for _, minor in case.on_the_account) == max(0, patient_due_minor(case.invoice))
    assert case.on_paper == paper
