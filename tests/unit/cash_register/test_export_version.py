"""What the export says of the program that wrote it."""

import tomllib
from pathlib import Path

from cash_register.api.exports import VERSION


def test_the_export_names_the_version_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
