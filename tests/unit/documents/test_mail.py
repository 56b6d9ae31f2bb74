"""The mail that carries documents."""

from email.message import EmailMessage

import pytest
from documents.adapters.mail.message import compose
from documents.domain.deliveries.addresses import without_addresses
from documents.domain.deliveries.delivery import Enclosure, Order
from documents.domain.deliveries.mail import file_name
from documents.settings import DocumentsSettings
from documents.usecases.deliveries.recipients import recipient_of
from pydantic import ValidationError

from contracts.clinical import Coverage, Guardian
from contracts.invoicing import Invoice, PayerShare
from kernel.errors import BusinessError
from kernel.money import Money
from tests.unit.documents.samples import CLINIC, PATIENT, invoice, mail

PDF = b"%PDF-1.4 \x00\xff"
COVERED = PATIENT.model_copy(
    update={
        "coverage": Coverage(payer_id="aok", payer_name="AOK", payer_email="post@aok.example"),
        "secondary_coverage": Coverage(payer_id="dkv", payer_name="DKV"),
        "guardian": Guardian(name="Ola Øster", email="ola@example.org", locale="en-GB"),
    }
)


def composed(snapshot: Invoice, order: Order | None = None) -> EmailMessage:
    return compose("invoices@clinic.example", mail(snapshot, PDF, order=order))


def recipient(snapshot: Invoice) -> str:
    return recipient_of(snapshot, "patient", None, None).address


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def order(*kinds: str, **who: str) -> Order:
    enclosures = tuple(Enclosure(kind, "x", None, "x") for kind in kinds)  # type: ignore[arg-type]
    return Order(enclosures=enclosures, **who)  # type: ignore[arg-type]


def test_the_mail_greets_by_name_and_says_number_amount_day_and_how_to_pay() -> None:
    message = composed(invoice(payment_reference="RF18539007547034"))
    assert message["To"] == "lucja@example.org"
    assert message["From"] == "Zahnärzte am Hauptbahnhof <invoices@clinic.example>"
    assert message["Subject"] == "Rechnung 2026-000123 von Zahnärzte am Hauptbahnhof"
    assert message["Reply-To"] == "Zahnärzte am Hauptbahnhof <praxis@example.org>"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "de")
    assert message["List-Unsubscribe"] is None
    text = body(message)
    assert text.startswith("Guten Tag Łucja Øster, Anbei erhalten Sie: - Rechnung 2026-000123 ")
    for said in ("250,00 €", "20.12.2026", "DE89 3704 0044 0532 0130 00", "RF18 5390 0754 7034"):
        assert said in text
        assert said in body(message, "html").replace("\xa0", " ")
    assert "Composite" not in message.as_string()
    [attached] = message.iter_attachments()
    assert attached.get_content() == PDF
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == "2026-000123.pdf"


def test_a_repetition_is_the_same_mail_to_the_byte() -> None:
    first, again = (composed(invoice()) for _ in range(2))
    assert first["Message-ID"] == "<dlv_1@clinic.example>"
    assert first["Date"] == "Fri, 20 Nov 2026 10:00:00 +0000"
    assert first.as_bytes() == again.as_bytes()


def test_a_name_cannot_add_a_header_or_markup() -> None:
    forged = CLINIC.model_copy(update={"name": "Clinic\r\nBcc: all@example.org"})
    named = PATIENT.model_copy(update={"name": "<b>{number}</b>\nBcc: x"})
    message = composed(invoice(seller=forged, buyer=named, number="1\n2"))
    assert message["Bcc"] is None
    assert b"\nBcc:" not in message.as_bytes()
    assert "&lt;b&gt;{number}&lt;/b&gt; Bcc: x," in body(message, "html")


def test_who_has_nothing_to_pay_is_asked_for_nothing() -> None:
    covered = PayerShare(
        part="patient",
        amount=Money(0, "EUR"),
        paid=Money(0, "EUR"),
        credited=Money(0, "EUR"),
        written_off=Money(0, "EUR"),
        open=Money(0, "EUR"),
    )
    text = body(composed(invoice(payers=(covered,))))
    assert "Für Sie ist nichts zu zahlen." in text
    assert "IBAN" not in text
    assert "DE89" not in body(composed(invoice(), order("receipt")))


@pytest.mark.parametrize(
    ("who", "address", "greeting"),
    [
        (order("submission", to="insurer"), "post@aok.example", "Guten Tag AOK,"),
        (order("invoice", to="guardian"), "ola@example.org", "Dear Ola Øster,"),
        (order("invoice", to="address", address="tax@b\u00fcro.example"), "tax@xn--bro-hoa.example", "Guten Tag,"),
        (order("invoice", language="en"), "lucja@example.org", "Dear Łucja Øster,"),
    ],
)
def test_it_goes_to_whom_it_is_for_in_their_language(who: Order, address: str, greeting: str) -> None:
    message = composed(invoice(buyer=COVERED), who)
    assert message["To"] == address
    assert body(message).startswith(greeting)


@pytest.mark.parametrize(
    ("who", "code", "field"),
    [
        (("guardian", None, None), "recipient-missing", "/to"),
        (("insurer", None, None), "recipient-missing", "/to"),
        (("address", "nobody@", None), "recipient-invalid", "/to"),
    ],
)
def test_whom_nobody_knows_an_address_of_is_refused_by_name_of_the_field(
    who: tuple[str, str | None, str | None], code: str, field: str
) -> None:
    with pytest.raises(BusinessError) as refusal:
        recipient_of(invoice(), *who)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.status, refusal.value.field) == (code, 422, field)


def test_another_insurer_than_the_patients_is_refused() -> None:
    for payer, code in (("dkv", "recipient-missing"), ("vhv", "payer-unknown")):
        with pytest.raises(BusinessError) as refusal:
            recipient_of(invoice(buyer=COVERED), "insurer", None, payer)
        assert refusal.value.code == code


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


@pytest.mark.parametrize("mailbox", ["\u0142ucja", "\u0438\u0432\u0430\u043d", "\u7528\u6237", "lu\u0301cja.o"])
def test_an_internationalised_mailbox_is_written_as_it_is(mailbox: str) -> None:
    """RFC 6531, 6532: such a mail goes to servers that say SMTPUTF8, in NFC."""
    message = composed(invoice(buyer=PATIENT.model_copy(update={"email": f"{mailbox}@b\u00fccher.example"})))
    written = message.as_bytes().decode()
    composed_once = mailbox.replace("u\u0301", "\u00fa")
    assert f"To: {composed_once}@xn--bcher-kva.example\r\n" in written


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
        "@example.org",
        "a@",
        "a@x\r\nBcc: y@example.org",
        "a@b\u00fccher..example",
        "a@-b\u00fccher.example",
        "a@" + "\u00fc" * 70 + ".example",
        "a@b\u00fccher.example, b@example.org",
        "a@b@b\u00fccher.example",
        "a@\u2603\u200d.example",
        "\u00e4 b@example.org",
        ".\u00e4@example.org",
        "\u00e4\u202e@example.org",
        "\u00e4\r\nBcc: y@example.org",
        "\u00e4" * 40 + "@example.org",
        "a" * 65 + "@example.org",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(email: str) -> None:
    with pytest.raises(BusinessError) as refusal:
        recipient(invoice(buyer=PATIENT.model_copy(update={"email": email})))
    assert (refusal.value.code, refusal.value.status) == ("recipient-invalid", 422)
    assert email not in refusal.value.message


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("5.1.1 <lucja@example.org>: Recipient unknown", "5.1.1 <***>: Recipient unknown"),
        ("5.1.1 LUCJA@EXAMPLE.ORG\r\nno mailbox lucja here", "5.1.1 *** no mailbox *** here"),
        ("queued for a.b@elsewhere.example and \u0142@b\u00fc.example", "queued for *** and ***"),
        ("x" * 9_000 + "@", "x" * 200),
    ],
)
def test_what_a_server_says_is_kept_without_any_address(said: str, kept: str) -> None:
    assert without_addresses(said, "lucja@example.org") == kept


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
