"""Programs in Java, run from their Maven artifacts."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

CACHE = Path.home() / ".cache" / "chairside"


class NoJava(RuntimeError):
    """Java or Maven is missing, or Maven could not fetch the program."""


def fetched(name: str, dependencies: str) -> Path:
    """The folder with the jars of these dependencies, fetched at the first call; `name` says what and which version.

    Raises NoJava.
    """
    folder = CACHE / name
    if not folder.exists():
        maven = program("mvn", name)
        part = folder.with_name(f"{folder.name}.{uuid4().hex}")
        part.mkdir(parents=True)
        pom = part / "pom.xml"
        pom.write_text(
            "<project><modelVersion>4.0.0</modelVersion><groupId>chairside</groupId><artifactId>parts</artifactId>"
            f"<version>1</version><packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>"
        )
        copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={part}"]
        run([maven, "-q", "-B", "-f", str(pom), *copy], f"fetch {name}")
        part.replace(folder)
    return folder


def dependency(group: str, artifact: str, version: str, inside: str = "") -> str:
    """As a POM has it."""
    return (
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version>{inside}</dependency>"
    )


def program(name: str, needed_by: str) -> str:
    """Its path. Raises NoJava."""
    found = shutil.which(name)
    if found is None:
        raise NoJava(f"{needed_by} needs `{name}`, and it is not on the PATH")
    return found


def run(command: Sequence[str], purpose: str) -> str:
    """What it wrote. Raises NoJava where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoJava(f"could not {purpose}:\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
    return done.stdout
