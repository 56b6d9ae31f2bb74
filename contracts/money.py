"""Money on the wire: `{"amount_minor": 12500, "currency": "EUR"}`, the kernel's value with its currency checked."""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from kernel import money as kernel
from kernel.currencies import PLACES, why_not_new


def _known(code: str) -> str:
    if code not in PLACES:
        raise ValueError("is not a currency of ISO 4217 that amounts can be written in")
    return code


def _in_use(code: str) -> str:
    refusal = why_not_new(code)
    if refusal is not None:
        raise ValueError(refusal)
    return code


Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_known)]
"""What may be read; also one that was withdrawn, which old records are in."""
CurrencyInUse = Annotated[Currency, AfterValidator(_in_use)]
"""What something new may be in."""


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """Decimal places of the currency by ISO 4217: JPY 0, EUR 2, KWD 3. Raises ValueError when unknown."""
    return PLACES[_known(currency)]


class _OnTheWire:
    """How the kernel's Money is read: the amount is an integer and nothing that could pass for one (true, "1", 1.0)."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        amount = core_schema.int_schema(strict=True, ge=-kernel.MOST_MINOR, le=kernel.MOST_MINOR)
        fields = [
            core_schema.dataclass_field("amount_minor", amount),
            core_schema.dataclass_field("currency", handler.generate_schema(Currency)),
        ]
        arguments = core_schema.dataclass_args_schema("Money", fields)
        names = ["amount_minor", "currency"]
        return core_schema.dataclass_schema(kernel.Money, arguments, names, frozen=True, slots=True, ref="Money")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(schema)
        fields = handler.resolve_ref_schema(reference)["properties"]
        fields["amount_minor"]["description"] = "in the currency's minor unit: 12500 is EUR 125.00, JPY 12500"
        fields["currency"]["description"] = "ISO 4217 code"
        return reference


Money = Annotated[kernel.Money, _OnTheWire]


def _of_currency_in_use(amount: kernel.Money) -> kernel.Money:
    _in_use(amount.currency)
    return amount


MoneyInUse = Annotated[Money, AfterValidator(_of_currency_in_use)]
"""What somebody enters: no new amount is in a currency that was withdrawn."""
