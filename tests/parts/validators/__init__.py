"""The validators of the trade, in Java, each a process of its own that looks at all files at once.

veraPDF is the reference for PDF/A, Mustang what German accounting software validates with. Both are fetched by Maven.
"""

import atexit
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from xml.etree import ElementTree

from dev.parts.maven import NoJava, dependency, fetched, program, run

VERAPDF, MUSTANG, COMPILER = "1.28.2", "2.20.0", "3.38.0"
FOLDER = Path(__file__).parent
_JAVA = ["-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
_JARS = {
    "VeraPdf": (f"verapdf-{VERAPDF}", dependency("org.verapdf", "validation-model", VERAPDF)),
    "Mustang": (f"mustang-{MUSTANG}", dependency("org.mustangproject", "validator", MUSTANG)),
}


def broken_pdfa(files: Sequence[Path]) -> dict[Path, str]:
    """The files that are no PDF/A-3b, with the rules that veraPDF says they break. Raises NoJava."""
    lines = [line.split("\t") for line in _ran("VeraPdf", files).splitlines()]
    verdicts = {Path(path): (verdict, rules) for path, verdict, rules in lines}
    return {file: verdicts[file][1] for file in files if verdicts[file][0] != "compliant"}


def broken_invoices(files: Sequence[Path]) -> dict[Path, str]:
    """The PDFs and XMLs that Mustang does not take, with its report. Raises NoJava.

    Its method `wasCompletelyValid` says yes when its own check has crashed: so each summary of the report is read.
    """
    _ran("Mustang", files)
    reports = {file: Path(f"{file}.report.xml").read_text(encoding="utf-8") for file in files}
    return {file: report for file, report in reports.items() if not _is_valid(report, file)}


def _is_valid(report: str, file: Path) -> bool:
    root = ElementTree.fromstring(report)
    parts = {"pdf", "xml"} if file.suffix == ".pdf" else {"xml"}
    summaries = [summary.get("status") for summary in root.iter("summary")]
    looked_at = parts <= {child.tag for child in root} and int(root.findtext("xml/info/rules/fired") or 0) > 0
    return looked_at and len(summaries) == len(parts) + 1 and set(summaries) == {"valid"}


def _ran(name: str, files: Sequence[Path]) -> str:
    jars, classes = _compiled(name)
    path = f"{classes}:{jars}/*"
    command = [program("java", name), *_JAVA, "-cp", path, name, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    return done.stdout


@cache
def _compiled(name: str) -> tuple[Path, Path]:
    """Its jars, and our few lines compiled by Eclipse's compiler: a runtime without one is enough."""
    jars = fetched(*_JARS[name])
    compiler = fetched(f"ecj-{COMPILER}", dependency("org.eclipse.jdt", "ecj", COMPILER))
    classes = Path(mkdtemp(prefix=name))
    atexit.register(shutil.rmtree, classes)
    path = ":".join(map(str, jars.glob("*.jar")))
    java = [program("java", name), *_JAVA, "-cp", f"{compiler}/*", "org.eclipse.jdt.internal.compiler.batch.Main"]
    run([*java, "-17", "-nowarn", "-cp", path, "-d", str(classes), str(FOLDER / f"{name}.java")], f"compile {name}")
    return jars, classes


__all__ = ["NoJava", "broken_invoices", "broken_pdfa"]
