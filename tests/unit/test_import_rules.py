"""The import rule that names what is allowed, tried on graphs made by hand."""

import pytest
from grimp import ImportGraph

from tests.parts.import_rules import MayImport


def kept(*imports: tuple[str, str]) -> bool:
    """Whether `till.domain`, which may import `kernel`, keeps to that with these imports."""
    graph = ImportGraph()
    graph.add_module("till.domain")
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    options = {"modules": ["till.domain"], "may_import": ["kernel"], "except_modules": ["till.domain.tool"]}
    rule = MayImport("rule", {}, options)
    return rule.check(graph, verbose=False).kept


@pytest.mark.parametrize("imported", ["decimal", "collections.abc", "kernel", "kernel.money", "till.domain.day"])
def test_the_standard_library_the_package_itself_and_what_is_named_may_be_imported(imported: str) -> None:
    assert kept(("till.domain.count", imported))


@pytest.mark.parametrize("imported", ["pydantic", "till.store", "kernels"])
def test_anything_else_breaks_the_rule(imported: str) -> None:
    assert not kept(("till.domain.count", imported))


def test_an_excepted_module_is_not_looked_at() -> None:
    assert kept(("till.domain.tool", "pydantic"))


def test_a_package_that_does_not_exist_breaks_the_rule() -> None:
    rule = MayImport("rule", {}, {"modules": ["nowhere"], "may_import": []})
    assert not rule.check(ImportGraph(), verbose=False).kept
