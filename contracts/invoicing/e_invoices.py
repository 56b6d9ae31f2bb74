"""What electronic invoices ask for beyond what is printed; all of it comes from the clinic's profile."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.values import Address, Id, Text, Value


class ElectronicAddress(Value):
    """Where an electronic invoice may be sent to (EN 16931 BT-34, BT-49)."""

    scheme: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2,4}$")] = Field(
        description="code of the EAS list: `EM` e-mail, `0204` Leitweg-ID, `0088` GLN, `9930` German VAT number …"
    )
    value: Annotated[Text, StringConstraints(min_length=1)] = Field(description="the address in that scheme")


class PublicPayer(Value):
    """An authority that pays its part by an electronic invoice of its own, as Germany's do by XRechnung."""

    payer_id: Id = Field(description="as in the patient's coverage")
    name: Text = Field(description="of the authority (BT-44)")
    address: Address = Field(description="postal address (BG-8)")
    buyer_reference: Text = Field(description="its own, in Germany the Leitweg-ID (BT-10)")
    electronic_address: ElectronicAddress | None = Field(
        default=None, description="where it takes invoices (BT-49); null: the buyer reference as a Leitweg-ID"
    )
    order_reference: Text | None = Field(default=None, description="its purchase order (BT-13)")
    contract_reference: Text | None = Field(default=None, description="the contract with it (BT-12)")
