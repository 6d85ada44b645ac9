"""Does memory stay that of one page? Peak memory of `ocrpipe run` on documents of few and of many pages, as Markdown.

Run ``python benchmarks/memory.py``; it takes some minutes. Each run is a process of its own, whose peak (resident) the
system reports. The many pages are one sample page over and over, so that only their number differs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from ocrpipe import Document, GrayPage, Page
from ocrpipe.stages.export.pdf import Pdf
from ocrpipe.stages.load import ImageLoader

SAMPLE = Path(__file__).parent.parent / "samples" / "fax.tif"
FORMATS = ("text", "jsonl", "alto", "hocr", "pdf", "text,alto,pdf")
FEW = 2
LIMIT = 1.3
"""How much larger the peak of many pages may be than that of few."""


def make_tiff(path: Path, pages: int) -> None:
    """Write the sample so many times into one TIFF."""
    with Image.open(SAMPLE) as image:
        page = image.convert("1")
    page.save(path, compression="group4", dpi=(200, 200), save_all=True, append_images=[page] * (pages - 1))


def make_pdf(path: Path, pages: int) -> None:
    """Write the sample so many times into one PDF, each page with a picture of its own."""
    [loaded] = ImageLoader().load(Document.of(SAMPLE)) or ()
    assert isinstance(loaded, GrayPage)

    def blank() -> Iterator[Page]:
        for _ in range(pages):
            yield Page(source=loaded.source, dpi=loaded.dpi, blocks=())

    with path.open("wb") as stream:
        stream.writelines(Pdf().export(blank(), lambda _: loaded))


def peak(document: Path, formats: str, folder: Path) -> float:
    """Return the peak memory of a run in megabytes."""
    options = [option for name in formats.split(",") for option in ("--to", name)]
    command = [sys.executable, "-m", "ocrpipe", "run", str(document), *options, "-o", str(folder)]
    if document.suffix == ".pdf":
        command += ["--set", "load.pdf.dpi=200"]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Print the table; end with 1 where memory grew beyond the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=200, help="how many are many")
    parser.add_argument("--formats", nargs="*", default=FORMATS, help="formats, several at once parted by commas")
    chosen = parser.parse_args()
    print(f"| input | output | {FEW} pages, MB | {chosen.pages} pages, MB | ratio |\n|---|---|---|---|---|")
    worst = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for kind, make in (("tif", make_tiff), ("pdf", make_pdf)):
            few, many = Path(scratch, f"few.{kind}"), Path(scratch, f"many.{kind}")
            make(few, FEW)
            make(many, chosen.pages)
            for formats in chosen.formats:
                out = Path(scratch, f"out-{kind}-{formats}")
                low, high = (peak(document, formats, out) for document in (few, many))
                worst = max(worst, high / low)
                print(f"| {kind} | {formats} | {low:.0f} | {high:.0f} | {high / low:.2f} |", flush=True)
    raise SystemExit(int(worst > LIMIT))


if __name__ == "__main__":
    main()
