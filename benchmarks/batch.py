"""Many pages: two jobs against one, what the machinery costs a page, and whether memory grows with them, as Markdown.

Run ``python benchmarks/batch.py`` on a quiet machine; it takes some minutes. What is compared runs in turn, several
times, and the best of each counts, so that other work on the machine harms both alike. Memory is the peak (resident) of
the main process alone, as the system reports it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from ocrpipe import Pipeline
from ocrpipe.batch import Batch
from ocrpipe.document import Document

SAMPLE = Path(__file__).parent.parent / "samples" / "letter.jpg"
TOY = """
prepare = []
binarize = "otsu"
postprocess = []
"""
"""As little work as a page can be: what is left is the machinery."""


def copies(folder: Path, number: int) -> Path:
    """Fill a folder with copies of the sample."""
    folder.mkdir()
    for place in range(number):
        shutil.copy(SAMPLE, folder / f"page{place}.jpg")
    return folder


def specks(folder: Path, number: int) -> Path:
    """Fill a folder with blank pages of 16 x 16 pixels."""
    folder.mkdir()
    first = folder / "page0.png"
    Image.new("L", (16, 16), 255).save(first)
    for place in range(1, number):
        shutil.copy(first, folder / f"page{place}.png")
    return folder


def run(pages: Path, out: Path, *options: str) -> tuple[float, float]:
    """Run the command; return its seconds, and the peak memory of its main process in megabytes."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "ocrpipe", "run", str(pages), "-o", str(out), "--quiet", *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def best(runs: Sequence[float]) -> float:
    """Return the shortest."""
    return min(runs)


def speedup(folder: Path, pages: int, times: int) -> tuple[float, float]:
    """Return pages a second of one and of two worker processes; what both take to start is left out."""
    many, few = copies(folder / "many", pages), copies(folder / "few", 4)
    seconds: dict[str, list[float]] = {"1": [], "2": []}
    for _ in range(times):
        for jobs, runs in seconds.items():
            options = ("--execute", "processes", "--jobs", jobs)
            start = run(few, folder / "out", *options)[0]
            runs.append(run(many, folder / "out", *options)[0] - start)
    one, two = ((pages - 4) / best(runs) for runs in seconds.values())
    return one, two


def overhead(folder: Path, pages: int, times: int) -> tuple[float, float]:
    """Return milliseconds a page of a bare loop in one process, and of a run with a worker and the journal."""
    blank, pipeline = specks(folder / "blank", pages), folder / "toy.toml"
    few = specks(folder / "few-blank", 4)
    pipeline.write_text(TOY)
    documents = [Document.of(path) for path in sorted(blank.iterdir())]
    bare, whole = [], []
    for _ in range(times):
        shutil.rmtree(folder / "out", ignore_errors=True)
        batch = Batch(Pipeline.from_file(pipeline), tell=print)
        batch.to_folder(documents[:4], folder / "out")
        start = time.perf_counter()
        batch.to_folder(documents[4:], folder / "out")
        bare.append(time.perf_counter() - start)
        options = ("-p", str(pipeline), "--execute", "processes", "--jobs", "1")
        begin = run(few, folder / "out", *options)[0]
        whole.append(run(blank, folder / "out", *options)[0] - begin)
    return 1000 * best(bare) / (pages - 4), 1000 * best(whole) / (pages - 4)


def memory(folder: Path, pages: int) -> tuple[float, float]:
    """Return the main process's peak memory with a tenth of the pages, and with all."""
    pipeline = folder / "toy.toml"
    pipeline.write_text(TOY)
    options = ("-p", str(pipeline), "--jobs", "2")
    tenth, all_ = specks(folder / "tenth", pages // 10), specks(folder / "all", pages)
    return run(tenth, folder / "out", *options)[1], run(all_, folder / "out", *options)[1]


def main() -> None:
    """Measure, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60, help="pages to read for the speed (default: 60)")
    parser.add_argument("--blank", type=int, default=10_000, help="blank pages for the memory (default: 10000)")
    parser.add_argument("--times", type=int, default=3, help="how often each is run (default: 3)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one, two = speedup(folder, given.pages, given.times)
        print(f"| one job | {one:.2f} pages/s |\n| two jobs | {two:.2f} pages/s, {two / one:.2f} times |", flush=True)
        bare, whole = overhead(folder, max(given.blank // 10, 100), given.times)
        print(f"| a blank page, bare loop | {bare:.2f} ms |")
        print(f"| with worker and journal | {whole:.2f} ms, {whole - bare:+.2f} ms |", flush=True)
        tenth, all_ = memory(folder, given.blank)
        print(f"| main process, {given.blank // 10} pages | {tenth:.1f} MB |")
        print(f"| main process, {given.blank} pages | {all_:.1f} MB, {all_ / tenth:.2f} times |")


if __name__ == "__main__":
    main()
