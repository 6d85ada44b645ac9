# ruff: noqa: E402  (threads are bounded before NumPy is imported)
"""What a page costs, against Pillow's own grey decode of the same JPEG in the same run.

    python benchmarks/speed.py [PAGE.jpg ...] [--pipeline NAME] [--rounds N]

One thread, warm, the decode and the pipeline in turn; medians. Besides the pages given (default: the samples and,
where they are at hand, the two photographs of the course) a page of 12 megapixels is made and timed. Last comes a cold
start of the command, against importing the libraries that it stands on. Writes Markdown tables to stdout.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy is imported
    os.environ[_name] = "1"

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

from ocrpipe import Call, Pipeline
from ocrpipe.names import PASSED

ROOT = Path(__file__).parents[1]
COURSE = ROOT.parent / "shared" / "pages"
FLOOR = "import numpy, scipy.ndimage, pydantic, pluggy, PIL, typer"


def decode(path: Path) -> None:
    """Decode a JPEG to grey, as Pillow does it fastest at full size."""
    with Image.open(path) as image:
        image.draft("L", image.size)
        image.load()


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def twelve_megapixels(folder: Path) -> Path:
    """Make a photograph of 4000 x 3000 pixels: a sample page enlarged, with a sensor's noise."""
    rng = np.random.default_rng(0)
    with Image.open(ROOT / "samples" / "whiteboard.jpg") as sample:
        large = np.asarray(sample.convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC), np.int16)
    noisy = large + rng.normal(0, 3, large.shape[:2])[..., None]
    path = folder / "12mp.jpg"
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=90)
    return path


def time_page(pipeline: Pipeline, path: Path, rounds: int) -> tuple[float, float, dict[str, float]]:
    """Return the medians of the decode, of the whole pipeline, and of each stage, in seconds."""
    stages: dict[str, list[float]] = defaultdict(list)
    calls: list[Call] = []
    pipeline.watch = calls.append  # type: ignore[assignment]
    decodes, totals = [], []
    for turn in range(rounds + 1):
        calls.clear()
        floor, total = seconds(lambda: decode(path)), seconds(lambda: pipeline.read(path))
        if turn == 0:
            continue  # warms up
        decodes.append(floor)
        totals.append(total)
        for stage in PASSED:
            stages[stage].append(sum(call.seconds for call in calls if call.stage == stage))
    return (
        statistics.median(decodes),
        statistics.median(totals),
        {stage: statistics.median(times) for stage, times in stages.items()},
    )


def warm(paths: list[Path], name: str, rounds: int) -> None:
    """Print the table of warm pages."""
    pipeline = Pipeline.configured(name)
    print(f"Warm, one thread, milliseconds; pipeline {name}, {rounds} rounds, medians.\n")
    heads = ["page", "pixels", "grey decode", "whole page", "ratio", *PASSED]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for path in paths:
        floor, total, stages = time_page(pipeline, path, rounds)
        with Image.open(path) as image:
            size = f"{image.width} x {image.height}"
        costs = " | ".join(f"{1000 * stages[stage]:.1f}" for stage in PASSED)
        print(f"| {path.name} | {size} | {1000 * floor:.1f} | {1000 * total:.1f} | **{total / floor:.2f}** | {costs} |")


def cold(path: Path, rounds: int) -> None:
    """Print what a cold run of the command costs against the imports that it stands on."""
    command = [sys.executable, "-c", "from ocrpipe.cli import main; main()", "run", str(path)]
    floor = [sys.executable, "-c", FLOOR]

    def start(arguments: list[str]) -> float:
        return seconds(lambda: subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL))

    pairs = [(start(floor), start(command)) for _ in range(rounds + 1)][1:]
    floors, runs = zip(*pairs, strict=True)
    ratio = statistics.median(total / least for least, total in pairs)
    run, least = statistics.median(runs), statistics.median(floors)
    print(f"\nCold, {rounds} pairs: `ocrpipe run {path.name}` {run:.2f} s, `{FLOOR}` {least:.2f} s,")
    print(f"ratio **{ratio:.2f}**.")


def main() -> None:
    """Time all pages and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--pipeline", "-p", default="handprint")
    parser.add_argument("--rounds", "-n", type=int, default=9)
    given = parser.parse_args()
    machine = platform.processor() or platform.machine()
    print(f"{machine}, Python {platform.python_version()}, NumPy {np.__version__}, Pillow {Image.__version__}\n")
    paths = given.pages or [*sorted(COURSE.glob("*.jpg")), *sorted((ROOT / "samples").glob("*.jpg"))]
    with tempfile.TemporaryDirectory() as folder:
        warm([*paths, twelve_megapixels(Path(folder))], given.pipeline, given.rounds)
    cold(paths[0], given.rounds)


if __name__ == "__main__":
    main()
