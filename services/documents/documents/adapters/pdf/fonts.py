"""The faces that documents are set in, made once: xhtml2pdf ignores the weight axis of a variable font.

    python -m documents.adapters.pdf.fonts --out DIR

Noto Sans (SIL Open Font License), narrowed to Latin, Greek and Cyrillic with punctuation, currency signs and arrows.
This takes some seconds and much memory, so a service does it in a process of its own, and an image when it is built.
"""

import argparse
import asyncio
import sys
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGE = "fontpkg-noto-sans"
SOURCE = "NotoSans[wdth,wght].ttf"
WEIGHTS = {"Regular": 400, "Bold": 700}
RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x52F),  # Latin, IPA, combining marks, Greek, Cyrillic
    (0x1E00, 0x1FFF),  # Latin Extended Additional (Vietnamese), Greek Extended
    (0x2000, 0x214F),  # punctuation, superscripts, currency, letterlike
    (0x2190, 0x21FF),
    (0x2212, 0x2212),
)


@dataclass(frozen=True, slots=True)
class Faces:
    """The two files, which exist."""

    regular: Path
    bold: Path


class FontsFailed(RuntimeError):
    """The faces could not be made; the message holds the end of what its process wrote."""


def faces(folder: Path) -> Faces | None:
    """The faces in `folder`, or None when they are yet to be made there. A new font package means new files."""
    found = Faces(*(_file(folder, style) for style in WEIGHTS))
    return found if found.regular.exists() and found.bold.exists() else None


async def ensure(folder: Path) -> None:
    """Makes the faces in a process of its own unless they are there. Raises FontsFailed."""
    if faces(folder) is not None:
        return
    maker = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        "--out",
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await maker.communicate()
    finally:
        if maker.returncode is None:
            maker.kill()
    if maker.returncode:
        raise FontsFailed(errors.decode(errors="replace")[-500:])


def make(folder: Path) -> Faces:
    """Makes the faces that are missing. Two makers at once do no harm: a file appears complete."""
    folder.mkdir(parents=True, exist_ok=True)
    for style, weight in WEIGHTS.items():
        if not _file(folder, style).exists():
            _make(_file(folder, style), weight)
    made = faces(folder)
    if made is None:
        raise FontsFailed(f"{folder} lacks a face that was just made")
    return made


def _file(folder: Path, style: str) -> Path:
    return folder / f"NotoSans-{version(PACKAGE)}-{style}.ttf"


def _make(target: Path, weight: int) -> None:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    with TTFont(str(files("fontpkg_noto_sans") / "files" / SOURCE)) as font:
        narrower = Subsetter(Options(layout_features=[], notdef_outline=True, name_IDs=["*"], hinting=False))
        narrower.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
        narrower.subset(font)
        instantiateVariableFont(font, {"wght": weight, "wdth": 100}, inplace=True, updateFontNames=True)
        with TemporaryDirectory(dir=target.parent) as folder:
            part = Path(folder) / target.name
            font.save(part)
            part.replace(target)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the faces that documents are set in")
    parser.add_argument("--out", type=Path, required=True)
    made = make(parser.parse_args().out)
    sys.stdout.write(f"{made.regular}\n{made.bold}\n")


if __name__ == "__main__":
    main()
