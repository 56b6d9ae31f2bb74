"""The mail that carries an invoice."""

from email.message import EmailMessage

import pytest
from documents.adapters.smtp import compose
from documents.domain.deliveries.mail import file_name, recipient_of
from documents.settings import DocumentsSettings
from pydantic import ValidationError

from chassis.domain_names import ascii_domain
from contracts.invoicing import Invoice
from kernel.errors import BusinessError
from tests.unit.documents.samples import CLINIC, PATIENT, invoice, mail

PDF = b"%PDF-1.4 \x00\xff"


def composed(snapshot: Invoice) -> EmailMessage:
    return compose("invoices@clinic.example", mail(snapshot, PDF))


def recipient(snapshot: Invoice) -> str:
    return recipient_of(snapshot.invoice_id, snapshot.buyer.email, ascii_domain)


def test_the_mail_carries_the_pdf_and_says_nothing_of_the_treatment() -> None:
    message = composed(invoice())
    assert message["To"] == "lucja@example.org"
    assert message["From"] == "Zahnärzte am Hauptbahnhof <invoices@clinic.example>"
    assert message["Subject"] == "Rechnung 2026-000123 von Zahnärzte am Hauptbahnhof"
    assert "Łucja" not in message.get_body().get_content()  # type: ignore[union-attr]
    [attached] = message.iter_attachments()
    assert attached.get_content() == PDF
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == "2026-000123.pdf"


def test_a_repetition_is_the_same_mail_under_the_same_id() -> None:
    first, again = (composed(invoice()) for _ in range(2))
    assert first["Message-ID"] == again["Message-ID"] == "<dlv_1@clinic.example>"
    assert first["Date"] == again["Date"] == "Fri, 20 Nov 2026 10:00:00 +0000"


def test_a_name_cannot_add_a_header() -> None:
    forged = CLINIC.model_copy(update={"name": "Clinic\r\nBcc: all@example.org"})
    message = composed(invoice(seller=forged, number="1\n2"))
    assert message["Bcc"] is None
    assert b"\nBcc:" not in message.as_bytes()


@pytest.mark.parametrize("email", [None, "", "  "])
def test_without_an_address_there_is_nobody_to_send_it_to(email: str | None) -> None:
    with pytest.raises(BusinessError) as refusal:
        recipient(invoice(buyer=PATIENT.model_copy(update={"email": email})))
    assert (refusal.value.code, refusal.value.status) == ("recipient-missing", 422)


@pytest.mark.parametrize(
    ("domain", "in_the_dns"),
    [
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.Example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "xn--e1afmkfd.xn--p1ai"),
        ("\u4f8b\u3048\u3002jp", "xn--r8jz45g.jp"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("mail_2.example.org", "mail_2.example.org"),
    ],
)
def test_an_internationalised_domain_is_sent_to_as_the_dns_has_it(domain: str, in_the_dns: str) -> None:
    snapshot = invoice(buyer=PATIENT.model_copy(update={"email": f"Lucja.O@{domain}"}))
    assert recipient(snapshot) == f"Lucja.O@{in_the_dns}"
    assert composed(snapshot)["To"] == f"Lucja.O@{in_the_dns}"


def test_the_sender_may_have_one_too() -> None:
    settings = {"jwks_url": "http://127.0.0.1:9/jwks.json", "issuer": "nobody"}
    read = DocumentsSettings.model_validate({**settings, "mail_from": "rechnung@z\u00e4hne.example"})
    assert read.mail_from == "rechnung@xn--zhne-loa.example"
    with pytest.raises(ValidationError):
        DocumentsSettings.model_validate({**settings, "mail_from": "rechnung@z\u00e4hne..example"})


@pytest.mark.parametrize(
    "email",
    [
        "nobody",
        "a@b@c",
        "a b@example.org",
        "x@example.org, y@example.org",
        "ä@example.org",
        "@example.org",
        "a@",
        "a@x\r\nBcc: y@example.org",
        "a@b\u00fccher..example",
        "a@-b\u00fccher.example",
        "a@" + "\u00fc" * 70 + ".example",
        "a@b\u00fccher.example, b@example.org",
        "a@b@b\u00fccher.example",
        "a@\u2603\u200d.example",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(email: str) -> None:
    with pytest.raises(BusinessError) as refusal:
        recipient(invoice(buyer=PATIENT.model_copy(update={"email": email})))
    assert (refusal.value.code, refusal.value.status) == ("recipient-invalid", 422)
    assert email not in refusal.value.message


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("2026/17", "2026-17.pdf"),
        ('"; x="', "x.pdf"),
        ("Re\r\nX: y", "Re-X-y.pdf"),
        ("../..", "invoice.pdf"),
        ("№ 5", "5.pdf"),
    ],
)
def test_a_number_becomes_a_harmless_file_name(number: str, name: str) -> None:
    assert file_name(number) == name
