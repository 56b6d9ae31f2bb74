"""What a clinic's profile says for electronic invoices."""

from typing import Annotated

from pydantic import AfterValidator, Field

from contracts.values import Address, Id, Text
from invoicing.api.schemas.common import Body, Json, example

SCHEMES = frozenset(
    "0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188 0190 "  # noqa: SIM905
    "0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216 "
    "0217 0218 0219 0220 0221 0225 0230 0235 0240 0244 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 "
    "9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 9947 9948 "
    "9949 9950 9951 9952 9953 9957 9959 AN AQ AS AU EM".split()
)
"""The EAS code list of electronic addresses (EN 16931 BR-CL-25)."""
_LEITWEG: Json = {"scheme": "0204", "value": "04011000-1234512345-06"}


def _scheme(code: str) -> str:
    if code not in SCHEMES:
        raise ValueError("is not in the EAS code list of electronic addresses")
    return code


def _whole(address: Address) -> Address:
    missing = [name for name in ("postal_code", "city", "country") if not (getattr(address, name) or "").strip()]
    if missing:
        raise ValueError(f"lacks {', '.join(missing)}")
    return address


Named = Annotated[Text, Field(min_length=1, pattern=r"\S")]


class ElectronicAddressBody(Body):
    """An address in a scheme."""

    model_config = example(_LEITWEG)

    scheme: Annotated[str, AfterValidator(_scheme)] = Field(
        max_length=4, description="of the EAS code list: `EM` e-mail, `0204` Leitweg-ID, `9930` German VAT number …"
    )
    value: Named = Field(description="the address in that scheme")


class PublicPayerBody(Body):
    """A payer of patients' insurance that takes electronic invoices; its address is whole.

    Its invoice is `GET /invoices/{invoice_id}.xml?profile=xrechnung` of documents.
    """

    model_config = example(
        {
            "payer_id": "heilfuersorge",
            "name": "Polizeipräsidium",
            "address": {"lines": ["Amtsstraße 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"},
            "buyer_reference": "04011000-1234512345-06",
        }
    )

    payer_id: Id = Field(description="as in the patient's coverage")
    name: Named = Field(description="of the authority")
    address: Annotated[Address, AfterValidator(_whole)] = Field(
        description="its postal address, with post code, city and country"
    )
    buyer_reference: Named = Field(description="its own, in Germany the Leitweg-ID")
    electronic_address: ElectronicAddressBody | None = Field(
        default=None, description="where it takes invoices; without one, the buyer reference as a Leitweg-ID"
    )
    order_reference: Text | None = Field(default=None, description="its purchase order")
    contract_reference: Text | None = Field(default=None, description="the contract with it")


def payer_once(payers: tuple[PublicPayerBody, ...]) -> tuple[PublicPayerBody, ...]:
    """Raises ValueError for a payer that is there twice."""
    if len({payer.payer_id for payer in payers}) < len(payers):
        raise ValueError("a payer is there twice")
    return payers
