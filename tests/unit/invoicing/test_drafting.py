"""Sessions of any size become drafts; what no invoice could hold is refused with a rule's own words."""

import pytest
from invoicing.domain.clinics.clinic import Address
from invoicing.domain.drafts.drafting import draft, reprice
from invoicing.domain.invoice.parties import Coverage, Guardian, Provider
from invoicing.domain.pricing.terms import Terms

from contracts.clinical import MAX_LINES
from kernel.errors import BusinessError
from kernel.money import Money
from tests.parts.sessions import COMPOSITE, FILLING, item, material, procedure, taxed
from tests.unit.invoicing.examples import AT, SYSTEM, clinic, drafted, session, terms


def test_a_thousand_lines_are_a_draft_of_a_thousand_lines() -> None:
    done = [procedure(nth=nth, tooth=str(nth % 32 + 1)) for nth in range(600)]
    used = [material(nth=nth, quantity="1") for nth in range(400)]
    invoice = drafted(procedures=done, materials=used)
    assert (len(invoice.lines), len({line.line_id for line in invoice.lines})) == (1_000, 1_000)
    assert invoice.totals.net == Money(600 * 12_500 + 400 * 1_200, "EUR")
    assert invoice.totals.tax == Money(91_200, "EUR")
    assert [line.tooth for line in invoice.lines[:3]] == ["1", "2", "3"]


def test_more_lines_than_an_invoice_holds_are_refused() -> None:
    done = [procedure(nth=nth) for nth in range(MAX_LINES)]
    used = [material(nth=nth) for nth in range(MAX_LINES)]
    with pytest.raises(BusinessError) as refused:
        drafted(procedures=done, materials=used)
    assert refused.value.code == "too-many-lines"


@pytest.mark.parametrize("lines", [1, 2])
def test_an_amount_that_nobody_could_read_exactly_is_refused(lines: int) -> None:
    """2**53 - 1 is the largest integer that every JSON reader keeps."""
    dear = terms(taxed(COMPOSITE, 10**12))
    used = [material(nth=nth, quantity="7000") for nth in range(lines)]
    if lines == 1:
        assert drafted(dear, procedures=[], materials=used).totals.gross == Money(8_330_000_000_000_000, "EUR")
    else:
        with pytest.raises(BusinessError) as refused:
            drafted(dear, procedures=[], materials=used)
        assert refused.value.code == "amount-too-large"


def test_prices_that_make_an_amount_too_large_leave_the_draft_unpriced() -> None:
    waiting = drafted(Terms(clinic(), None, "EUR"), procedures=[], materials=[material(quantity="999999999999")])
    assert reprice(waiting, terms(taxed(COMPOSITE, 10**12))) is waiting


def test_the_draft_knows_everything_the_session_said() -> None:
    completed = session(
        version=3,
        price_list_id="children",
        provider={"provider_id": "doc-4", "name": "Dr. Ada Weiß", "npi": "1234567893"},
        patient={
            "email": "lucja@example.org",
            "locale": "de-DE",
            "birth_date": "1984-02-29",
            "address": {"lines": ["Hauptstr. 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"},
            "coverage": {
                "payer_id": "aok",
                "payer_name": "AOK",
                "plan": "standard",
                "member_id": "X1",
                "payer_email": "post@aok.example",
            },
            "guardian": {"name": "Ola Øster", "email": "ola@example.org"},
        },
        procedures=[procedure(surfaces=["M", "O"], area="upper", provider_id=None), procedure(nth=2, quantity="2")],
    )
    invoice = draft(completed, terms(item(FILLING, 100), taxed(COMPOSITE, 100)), AT, SYSTEM)
    assert (invoice.session_version, invoice.price_list_id, invoice.status, invoice.version) == (
        3,
        "children",
        "draft",
        1,
    )
    first, second, third = invoice.lines
    assert (first.tooth, first.surfaces, first.area, first.provider_id) == ("14", ("M", "O"), "upper", "doc-4")
    assert (second.quantity, second.net, third.unit, third.kind) == ("2", Money(200, "EUR"), "g", "material")
    assert invoice.provider == Provider("doc-4", "Dr. Ada Weiß", "1234567893")
    assert invoice.buyer.address == Address(("Hauptstr. 1",), "10115", "Berlin", "DE")
    assert invoice.buyer.coverage == Coverage("aok", "AOK", "standard", "X1", None, payer_email="post@aok.example")
    assert invoice.buyer.guardian == Guardian("Ola Øster", "ola@example.org", None)
    assert (invoice.drafted_at, invoice.changed_by) == (AT, SYSTEM)
