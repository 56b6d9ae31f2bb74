"""An import-linter contract that names what a package may import instead of what it may not."""

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class MayImport(Contract):
    """Each of `modules` may import the standard library, itself, and the packages in `may_import`; nothing else.

    Options: modules; may_import; except_modules (not looked at). A module that does not exist breaks the contract.
    """

    type_name = "may_import"

    modules = fields.ListField(subfield=fields.StringField())
    may_import = fields.ListField(subfield=fields.StringField())
    except_modules = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = [line for package in cast("list[str]", self.modules) for line in self._broken(graph, package)]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line)

    def _broken(self, graph: ImportGraph, package: str) -> list[str]:
        if package not in graph.modules:
            return [f"{package} does not exist"]
        skipped = cast("list[str] | None", self.except_modules) or []
        importers = {package, *graph.find_descendants(package)} - set(skipped)
        return [
            f"{importer} imports {imported}"
            for importer in sorted(importers)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._allowed(imported, package)
        ]

    def _allowed(self, imported: str, package: str) -> bool:
        if imported.partition(".")[0] in sys.stdlib_module_names:
            return True
        return any(_within(imported, allowed) for allowed in [package, *cast("list[str]", self.may_import)])


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
