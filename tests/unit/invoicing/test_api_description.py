"""What the description of invoicing's API shows is what invoicing takes."""

import pkgutil
from importlib import import_module

from invoicing.adapters import price_files
from invoicing.api import schemas
from invoicing.api.price_list_files import EXAMPLE
from invoicing.domain.pricing.price_list import PriceList
from pydantic import BaseModel

MODULES = [import_module(f"{schemas.__name__}.{module.name}") for module in pkgutil.iter_modules(schemas.__path__)]
BODIES = {
    model
    for module in MODULES
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__
}


def test_every_example_of_a_body_is_taken() -> None:
    shown = 0
    for model in BODIES:
        extra = model.model_config.get("json_schema_extra") or {}
        examples = extra.get("examples") if isinstance(extra, dict) else None
        for example in examples if isinstance(examples, list) else ():
            model.model_validate(example)
            shown += 1
    assert shown > 20


def test_the_price_file_that_is_shown_can_be_read() -> None:
    head = PriceList("standard", "clinic-berlin", 0, "EUR", ())
    [period] = price_files.read(EXAMPLE.encode(), "utf-8", head).periods
    assert [item.unit_price_minor for item in period.items] == [12_500, 1_200]
